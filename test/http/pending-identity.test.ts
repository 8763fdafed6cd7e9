// An identity that meets another account: whose account it is, is asked and proven; a link is moved by who has just proven it.

import { expect } from 'chai';
import { BrowserClient } from '../support/client.js';
import type { HttpAnswer } from '../support/http-request.js';
import { type Person, person } from '../support/person.js';
import { databases, describeOn } from '../support/services.js';
import { openStage, type Stage, type StageProvider } from '../support/stage.js';
import { change, userIdOf } from './scenarios.js';

const PASSWORD = 'correct horse battery';
const [JOIN, MOVE] = ['/account/join', '/account/move'];

describe('An identity that meets another account', () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage({ database: 'sqlite' });
  });
  after(() => stage.close());

  const signedIn = async (who: Person, provider: StageProvider = 'oidc') => {
    const browser = stage.browser();
    await browser.signIn(provider, stage.providers[provider], who);
    return browser;
  };
  const withAddressOf = ({ email }: Person): Person => ({ ...person(), ...(email === undefined ? {} : { email }) });
  const copyOf = (browser: BrowserClient, names: readonly string[]) => {
    const copy = new BrowserClient(browser.base);
    for (const name of names) copy.cookies.set(name, browser.cookies.get(name) ?? '');
    return copy;
  };
  const linksOf = async (who: Person) =>
    (
      await stage.query<{ provider: string }>('SELECT provider FROM social_links WHERE user_id = :id ORDER BY provider', {
        id: await userIdOf(stage, who),
      })
    ).map(({ provider }) => provider);
  const mailTo = async (who: Person) =>
    (await stage.query<{ message: string }>('SELECT message FROM outbox_messages ORDER BY created_at'))
      .map(({ message }): { to: string; template: string } => JSON.parse(message))
      .filter(({ to }) => to === who.email)
      .map(({ template }) => template);
  const auditOf = async (who: Person) =>
    (
      await stage.query<{ event: string }>('SELECT event FROM audit_events WHERE user_id = :id ORDER BY id', {
        id: await userIdOf(stage, who),
      })
    ).map(({ event }) => event);
  /** The ways that a page offers. */
  const waysOn = ({ text }: HttpAnswer) => [
    ...[...text.matchAll(/href="\/auth\/(\w+)\?returnTo=%2Faccount%2Fjoin"/g)].map(([, provider]) => provider),
    ...(text.includes('type="password"') ? ['password'] : []),
  ];

  describe('by its address', () => {
    it('names the ways into that account and never the address, and is linked to whoever proves one by a provider', async () => {
      const owner = person();
      await signedIn(owner);
      const who = withAddressOf(owner);
      const browser = stage.browser();
      const answer = await browser.signIn('google', stage.providers.google, who, '/welcome');
      expect(answer.status).to.equal(409);
      expect(waysOn(answer)).to.deep.equal(['oidc']);
      expect(answer.text).to.include('Is this account yours?').and.not.to.include(owner.email);
      expect((await browser.me()).status).to.equal(401);
      expect(waysOn(await browser.open(JOIN))).to.deep.equal(['oidc']);
      const joined = await browser.signIn('oidc', stage.providers.oidc, owner, JOIN);
      expect([joined.status, joined.headers.get('location')]).to.deep.equal([302, '/welcome']);
      expect((await browser.me()).json?.user?.email).to.equal(owner.email);
      expect(await linksOf(owner)).to.deep.equal(['google', 'oidc']);
      expect(await mailTo(owner)).to.deep.equal(['linked']);
      expect(await auditOf(owner)).to.include('auth.oauth.link.success');
      const later = stage.browser();
      expect((await later.signIn('google', stage.providers.google, who)).status).to.equal(302);
      expect((await later.me()).json?.user?.email).to.equal(owner.email);
      expect((await browser.open(JOIN)).status, 'and asks no more').to.equal(400);
    });

    it('is linked to whoever proves the account by its password, and to nobody by a wrong one', async () => {
      const owner = person();
      await stage.client().signUp(owner.email, PASSWORD);
      const browser = stage.browser();
      const answer = await browser.signIn('google', stage.providers.google, withAddressOf(owner));
      expect(waysOn(answer)).to.deep.equal(['password']);
      expect(answer.text).to.match(/name="email"[^>]*value=""/);
      const fields = { email: owner.email, returnTo: JOIN };
      expect((await browser.submit('/auth/password', { ...fields, password: 'not it at all' })).status).to.equal(401);
      const joined = await browser.submit('/auth/password', { ...fields, password: PASSWORD });
      expect([joined.status, joined.headers.get('location')]).to.deep.equal([303, '/']);
      const [row] = await stage.query<{ n: number }>(
        'SELECT COUNT(*) AS n FROM social_links WHERE user_id = (SELECT id FROM users WHERE email = :email)',
        { email: owner.email },
      );
      expect(Number(row?.n)).to.equal(1);
    });

    it('tells nobody how to get in whose provider does not vouch for the address', async () => {
      const owner = person();
      await signedIn(owner, 'logto');
      const browser = stage.browser();
      const answer = await browser.signIn('google', stage.providers.google, { ...withAddressOf(owner), email_verified: false });
      expect(waysOn(answer), 'every way there is, but its own').to.deep.equal(['logto', 'oidc', 'password']);
      await browser.signIn('logto', stage.providers.logto, owner, JOIN);
      expect(await linksOf(owner), 'the owner may all the same').to.deep.equal(['google', 'logto']);
    });

    it('is linked to no other account, nor in another browser', async () => {
      const [owner, other] = [person(), person()];
      await signedIn(owner);
      const browser = stage.browser();
      await browser.signIn('google', stage.providers.google, withAddressOf(owner));
      const elsewhere = stage.browser();
      const lost = await elsewhere.signIn('oidc', stage.providers.oidc, owner, JOIN);
      expect(lost.status, 'another browser has no question').to.equal(400);
      const joined = await browser.signIn('oidc', stage.providers.oidc, other, JOIN);
      expect([joined.status, joined.headers.get('location')]).to.deep.equal([302, '/account/connections']);
      expect((await browser.open('/account/connections')).text).to.include('nothing was linked');
      expect([await linksOf(owner), await linksOf(other)]).to.deep.equal([['oidc'], ['oidc']]);
    });

    it('is not linked by a sign-in that another site began, nor by one that was not begun for it', async () => {
      const owner = person();
      await signedIn(owner);
      const browser = stage.browser();
      await browser.signIn('google', stage.providers.google, withAddressOf(owner));
      const headers = { 'sec-fetch-site': 'cross-site' };
      const out = await browser.call('GET', `/auth/oidc?${new URLSearchParams({ returnTo: JOIN })}`, undefined, { headers });
      const back = await stage.providers.oidc.approve(String(out.headers.get('location')), owner);
      const lured = await browser.call('GET', `/callback/openid/2?${new URLSearchParams({ ...back })}`, undefined, { headers });
      expect([lured.status, lured.headers.get('location')]).to.deep.equal([302, '/account/connections']);
      await browser.signIn('oidc', stage.providers.oidc, owner);
      const forged = await browser.call(
        'POST',
        '/auth/password',
        new URLSearchParams({ email: owner.email, password: 'x', returnTo: JOIN }),
        {
          headers: { ...headers, origin: 'https://evil.example.test' },
        },
      );
      expect(forged.status).to.equal(403);
      expect(await linksOf(owner)).to.deep.equal(['oidc']);
    });

    it('is over after ten minutes', async () => {
      const owner = person();
      await signedIn(owner);
      const browser = stage.browser();
      await browser.signIn('google', stage.providers.google, withAddressOf(owner));
      await change(stage, 'UPDATE flows SET expires_at = :past', { past: Date.now() - 1 });
      expect((await browser.open(JOIN)).status).to.equal(400);
      await browser.signIn('oidc', stage.providers.oidc, owner, JOIN);
      expect(await linksOf(owner)).to.deep.equal(['oidc']);
    });

    it('is refused as ever where the account has a link of that provider, or nobody may use it', async () => {
      const [linked, banned] = [person(), person()];
      await signedIn(linked, 'google');
      await signedIn(banned);
      await change(stage, "UPDATE users SET status = 'manual_banned' WHERE id = :id", { id: await userIdOf(stage, banned) });
      for (const owner of [linked, banned]) {
        const answer = await stage.browser().signIn('google', stage.providers.google, withAddressOf(owner));
        expect(answer.status).to.equal(409);
        expect(answer.text).to.include('already in use here').and.not.to.include('Is this account yours?');
      }
    });

    it('is no question to a program', async () => {
      const owner = person();
      await signedIn(owner);
      const api = stage.client();
      const answer = await api.finish('google', await api.visit('google', stage.providers.google, withAddressOf(owner)));
      expect(Number(answer.json?.code)).to.equal(40032);
    });
  });

  describe('by its link', () => {
    /** Somebody with two accounts, at the question whether to move Google from the first to the second. */
    async function atQuestion(first: readonly StageProvider[] = ['google', 'logto']) {
      const [one, other] = [person(), person()];
      const before = await signedIn(one, 'google');
      for (const provider of first) if (provider !== 'google') await before.link(provider, stage.providers[provider], person());
      const browser = await signedIn(other);
      const answer = await browser.link('google', stage.providers.google, one, '/back');
      return { one, other, before, browser, answer, oneId: await userIdOf(stage, one), otherId: await userIdOf(stage, other) };
    }
    const providersOf = async (id: number) =>
      (await stage.query<{ provider: string }>('SELECT provider FROM social_links WHERE user_id = :id ORDER BY provider', { id })).map(
        ({ provider }) => provider,
      );

    it('is moved when the person says so: one account gives, the other takes, and both are told', async () => {
      const { one, other, before, browser, answer, oneId, otherId } = await atQuestion();
      expect(answer.status).to.equal(409);
      expect(answer.text).to.include('Move Google to this account?').and.not.to.include(one.email);
      expect((await browser.open(MOVE)).status).to.equal(200);
      expect(await providersOf(oneId), 'nothing yet').to.deep.equal(['google', 'logto']);
      const moved = await browser.submit(MOVE);
      expect([moved.status, moved.headers.get('location')]).to.deep.equal([303, '/back']);
      expect([await providersOf(oneId), await providersOf(otherId)]).to.deep.equal([['logto'], ['google', 'oidc']]);
      expect([(await mailTo(one)).at(-1), (await mailTo(other)).at(-1)]).to.deep.equal(['unlinked', 'linked']);
      const events = await stage.query<{ event: string; user_id: number }>(
        "SELECT event, user_id FROM audit_events WHERE detail LIKE '%moved%' AND user_id IN (:ids) ORDER BY id",
        { ids: [oneId, otherId] },
      );
      expect(events.map(({ event, user_id }) => [event, Number(user_id)])).to.deep.equal([
        ['auth.oauth.unlink.success', oneId],
        ['auth.oauth.link.success', otherId],
      ]);
      expect((await before.me()).status, 'what the link had opened is over').to.equal(401);
      expect((await browser.me()).status).to.equal(200);
      const later = stage.browser();
      await later.signIn('google', stage.providers.google, one);
      expect((await later.me()).json?.user?.email).to.equal(other.email);
      expect((await browser.submit(MOVE)).status, 'once').to.equal(400);
    });

    it('stays where it is the only way into its account, and the page says so', async () => {
      const { browser, answer, oneId, otherId } = await atQuestion(['google']);
      expect(answer.text)
        .to.include('only way to sign in to the other account')
        .and.to.match(/<button disabled/);
      const forced = await browser.submit(MOVE);
      expect(forced.status).to.equal(400);
      expect(forced.text).to.include('only way to sign in to the other account');
      expect([await providersOf(oneId), await providersOf(otherId)]).to.deep.equal([['google'], ['oidc']]);
    });

    it('is moved by nobody else, from no other site and in no other browser', async () => {
      const { browser, oneId } = await atQuestion();
      const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example.test' };
      expect((await browser.call('POST', MOVE, new URLSearchParams(), { headers: foreign })).status).to.equal(403);
      const session = copyOf(browser, ['latchkey-session']);
      expect((await session.submit(MOVE)).status, 'without the browser').to.equal(400);
      const flow = copyOf(browser, ['latchkey-flow']);
      expect((await flow.submit(MOVE)).status, 'without the session').to.equal(401);
      const stranger = await signedIn(person());
      stranger.cookies.set('latchkey-flow', browser.cookies.get('latchkey-flow') ?? '');
      expect((await stranger.submit(MOVE)).status, 'as somebody else').to.equal(400);
      expect(await providersOf(oneId)).to.deep.equal(['google', 'logto']);
      expect((await browser.submit(MOVE)).status).to.equal(303);
    });

    it('is not moved where it has gone elsewhere, or the account has one by then', async () => {
      const gone = await atQuestion();
      await gone.before.submit('/account/connections/google/unlink');
      expect((await gone.browser.submit(MOVE)).status).to.equal(400);
      expect(await providersOf(gone.otherId)).to.deep.equal(['oidc']);
      const taken = await atQuestion();
      await taken.browser.call('GET', MOVE);
      const tab = copyOf(taken.browser, ['latchkey-session']);
      await tab.link('google', stage.providers.google, person());
      for (const [name, value] of tab.cookies)
        taken.browser.cookies.set(name, name === 'latchkey-flow' ? (taken.browser.cookies.get(name) ?? '') : value);
      expect((await taken.browser.submit(MOVE)).status).to.equal(400);
      expect(await providersOf(taken.oneId)).to.deep.equal(['google', 'logto']);
    });

    it("is not moved once it is a third person's, and no other link goes in its place", async () => {
      const { one, before, browser, oneId, otherId } = await atQuestion();
      await before.submit('/account/connections/google/unlink');
      await signedIn({ ...one, email: person().email }, 'google');
      await before.link('google', stage.providers.google, person());
      expect((await browser.submit(MOVE)).status).to.equal(400);
      expect([await providersOf(oneId), await providersOf(otherId)]).to.deep.equal([['google', 'logto'], ['oidc']]);
    });

    it('is no question in a popup, which tells its opener', async () => {
      const [one, other] = [person(), person()];
      await signedIn(one, 'google');
      const browser = await signedIn(other);
      const { token = '' } = await stage.client().signIn('oidc', stage.providers.oidc, other);
      const query = new URLSearchParams({ ext_idp_conn_identifier: 'google', app_id: 'app', id_token: token });
      const out = await browser.open(`/api/v3/link-extidp?${query}`);
      const back = await stage.providers.google.approve(String(out.headers.get('location')), one);
      const answer = await browser.call('GET', `/callback/openid/google?${new URLSearchParams({ ...back })}`);
      expect(answer.text).to.include('data-result=').and.not.to.include('Move Google');
      expect((await browser.open(MOVE)).status).to.equal(400);
    });

    it('is no way for the banned to come back', async () => {
      const { browser, oneId, otherId } = await atQuestion();
      await change(stage, "UPDATE users SET status = 'manual_banned' WHERE id = :id", { id: oneId });
      expect((await browser.submit(MOVE)).status).to.equal(401);
      expect(await providersOf(otherId)).to.deep.equal(['oidc']);
      const [one, other] = [person(), person()];
      await signedIn(one, 'google');
      await change(stage, "UPDATE users SET status = 'manual_banned' WHERE id = :id", { id: await userIdOf(stage, one) });
      const answer = await (await signedIn(other)).link('google', stage.providers.google, one);
      expect(answer.text).to.include('already linked to somebody else').and.not.to.include('Move Google');
    });
  });
});

const ROUNDS = 30;

describeOn(databases, 'A move', (kind) => {
  let stage: Stage;
  before(async () => {
    stage = await openStage({ database: kind });
    await stage.start();
  });
  after(() => stage.close());

  /** The same cookies at the other server. */
  function there(browser: BrowserClient): BrowserClient {
    const copy = new BrowserClient(stage.servers[1]?.base ?? '');
    for (const [name, value] of browser.cookies) copy.cookies.set(name, value);
    return copy;
  }

  async function people() {
    const [one, other] = [person(), person()];
    const giving = stage.browser();
    await giving.signIn('oidc', stage.providers.oidc, one);
    await giving.link('google', stage.providers.google, one);
    const taking = stage.browser();
    await taking.signIn('oidc', stage.providers.oidc, other);
    await taking.link('google', stage.providers.google, one);
    return { one, giving, taking };
  }

  it('and an unlink at the same moment never take the last way in together', async function () {
    this.timeout(120_000);
    const outcomes: string[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const { one, giving, taking } = await people();
      const [moved, unlinked] = await Promise.all([taking.submit(MOVE), there(giving).submit('/account/connections/oidc/unlink')]);
      outcomes.push(`${moved.status} ${unlinked.status}`);
      const [left] = await stage.query<{ n: number }>(
        'SELECT COUNT(*) AS n FROM social_links WHERE user_id = (SELECT id FROM users WHERE email = :email)',
        { email: one.email },
      );
      expect(Number(left?.n), outcomes.at(-1)).to.equal(1);
    }
    expect(new Set(outcomes)).to.satisfy((seen: ReadonlySet<string>) =>
      [...seen].every((each) => each === '303 400' || each === '400 303'),
    );
  });

  it('happens once, and leaves the identity with one owner', async function () {
    this.timeout(120_000);
    for (let round = 0; round < ROUNDS / 3; round += 1) {
      const { one, taking } = await people();
      const twice = await Promise.all([taking.submit(MOVE), there(taking).submit(MOVE)]);
      const [first, second] = twice.map(({ status }) => status).sort();
      expect(first).to.equal(303);
      // Or the session has a new id by then.
      expect(second).to.be.oneOf([400, 401]);
      const owners = await stage.query('SELECT user_id FROM social_links WHERE provider = :provider AND subject = :sub', {
        provider: 'google',
        sub: one.sub,
      });
      expect(owners).to.have.length(1);
    }
  });

  it('takes both locks in one order: two people who give to one another do not wait for ever', async function () {
    this.timeout(120_000);
    for (let round = 0; round < ROUNDS / 3; round += 1) {
      const [a, b] = [person(), person()];
      const [left, right] = [stage.browser(), stage.browser()];
      await left.signIn('oidc', stage.providers.oidc, a);
      await left.link('google', stage.providers.google, a);
      await right.signIn('oidc', stage.providers.oidc, b);
      await right.link('logto', stage.providers.logto, b);
      await left.link('logto', stage.providers.logto, b);
      await right.link('google', stage.providers.google, a);
      const answers = await Promise.all([left.submit(MOVE), there(right).submit(MOVE)]);
      expect(answers.map(({ status }) => status)).to.deep.equal([303, 303]);
    }
  });
});

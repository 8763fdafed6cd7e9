// Who a sign-in makes or finds: identities decide, addresses and claims do not.

import { expect } from 'chai';
import { ApiClient } from '../support/client.js';
import type { HttpAnswer } from '../support/http-request.js';
import { type Person, person } from '../support/person.js';
import { describeOn } from '../support/services.js';
import { openStage, type Stage, type StageProvider } from '../support/stage.js';
import { change, extIdpId, PASSWORD, userIdOf } from './scenarios.js';

const codeOf = ({ json }: HttpAnswer): unknown => json?.code;

describeOn(['sqlite'], 'Signing in', (kind) => {
  let stage: Stage;

  before(async () => {
    stage = await openStage({ database: kind, config: { linkByVerifiedEmail: ['google'] } });
  });
  after(() => stage.close());

  /** The finish of a sign-in, whatever comes of it. */
  async function attempt(provider: StageProvider, who: Person, by: ApiClient = stage.client()): Promise<HttpAnswer> {
    return by.finish(provider, await by.visit(provider, stage.providers[provider], who));
  }

  const signIn = (provider: StageProvider, who: Person) => stage.client().signIn(provider, stage.providers[provider], who);

  async function count(table: 'users' | 'social_links' | 'outbox_messages'): Promise<number> {
    const [row] = await stage.query<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`);
    return Number(row?.n);
  }

  const ban = async (who: Person) =>
    change(stage, "UPDATE users SET status = 'manual_banned' WHERE id = :id", { id: await userIdOf(stage, who) });

  it('makes a user at the first time and finds the same one ever after', async () => {
    const who = person();
    const users = await count('users');
    const first = await signIn('oidc', who);
    const again = await signIn('oidc', who);
    expect(first.user?.id).to.be.a('string');
    expect(again.user?.id).to.equal(first.user?.id);
    expect([first.user?.email, first.user?.nickname]).to.deep.equal([who.email, who.name]);
    expect(await count('users')).to.equal(users + 1);
    const audit = await stage.query<{ event: string }>('SELECT event FROM audit_events WHERE user_id = :id', {
      id: await userIdOf(stage, who),
    });
    expect(audit.map(({ event }) => event)).to.deep.equal(['auth.oauth.sign_in.success', 'auth.oauth.sign_in.success']);
  });

  it('finds the same user when the provider tells another address and name, and leaves theirs as they were', async () => {
    const [who, other] = [person(), person()];
    const first = await signIn('oidc', who);
    await signIn('logto', other);
    const later = await signIn('oidc', { ...who, email: other.email, name: 'Somebody Else' });
    expect([later.user?.id, later.user?.email, later.user?.nickname]).to.deep.equal([first.user?.id, who.email, who.name]);
  });

  it('tells of an address whether it was proven, as one that was only typed never is', async () => {
    const { email } = person('typed');
    expect(codeOf(await stage.client().signUp(email, PASSWORD))).to.equal(0);
    const typed = await stage.client().signInWithPassword(email, PASSWORD);
    const [proven, claimed] = [await signIn('oidc', person()), await signIn('oidc', { ...person(), email_verified: false })];
    const said = async (by: ApiClient) => (await by.call('GET', '/auth/me')).json?.user?.emailVerified;
    expect([await said(typed), await said(claimed), await said(proven)]).to.deep.equal([false, false, true]);
  });

  it('takes the same subject of two providers for two people', async () => {
    const { sub } = person();
    const [one, two] = [await signIn('oidc', { sub }), await signIn('google', { sub })];
    expect(one.user?.id).not.to.equal(two.user?.id);
  });

  it('tells subjects apart byte by byte', async () => {
    const { sub } = person('abc');
    const subjects = [sub, sub.toUpperCase(), `${sub} `, ` ${sub}`, `${sub}.`, sub.replaceAll('-', '_')];
    const ids: unknown[] = [];
    for (const subject of subjects) ids.push((await signIn('oidc', { sub: subject })).user?.id);
    expect(new Set(ids).size).to.equal(subjects.length);
    const again: unknown[] = [];
    for (const subject of subjects) again.push((await signIn('oidc', { sub: subject })).user?.id);
    expect(again).to.deep.equal(ids);
  });

  it('links a subject to one user and its other spelling to another', async () => {
    const { sub } = person('abc');
    const [one, two] = [await signIn('oidc', person()), await signIn('oidc', person())];
    await one.link('google', stage.providers.google, { sub });
    await two.link('google', stage.providers.google, { sub: sub.toUpperCase() });
    expect((await signIn('google', { sub })).user?.id).to.equal(one.user?.id);
    expect((await signIn('google', { sub: sub.toUpperCase() })).user?.id).to.equal(two.user?.id);
  });

  it('works without an e-mail address: sign in, link and unlink, and no mail', async () => {
    const mails = await count('outbox_messages');
    const by = await signIn('oidc', { sub: person().sub });
    expect(by.user).not.to.have.property('email');
    await by.link('google', stage.providers.google, { sub: person().sub });
    expect(codeOf(await by.unlink('oidc'))).to.equal(0);
    expect(await by.linked()).to.deep.equal(['google']);
    expect(await count('outbox_messages')).to.equal(mails);
  });

  it('mails a user who has an address, for the link and for the unlink', async () => {
    const by = await signIn('oidc', person());
    const mails = await count('outbox_messages');
    await by.link('google', stage.providers.google, person());
    expect(codeOf(await by.unlink('oidc'))).to.equal(0);
    expect(await count('outbox_messages')).to.equal(mails + 2);
  });

  it('counts no password of a user who has no address to sign in with', async () => {
    const by = await signIn('google', { sub: person().sub });
    expect(codeOf(await by.setPassword(PASSWORD))).to.equal(0);
    expect(codeOf(await by.unlink('google'))).to.equal(40084);
    expect((await by.bioreUnlink('google')).json?.error?.i18nKey).to.equal('auth.oauth.only_auth_method');
    expect((await by.genauthUnlink(extIdpId('google'))).json?.statusCode).to.equal(422);
    expect(await by.linked()).to.deep.equal(['google']);
  });

  it('does nothing with claims that sound like ours', async () => {
    const whose = person();
    const victim = await signIn('oidc', whose);
    const id = await userIdOf(stage, whose);
    const claims: object =
      JSON.parse(`{"id":${id},"user_id":${id},"role":"admin","is_admin":true,"group_id":1,"group":{"id":1},"status":"x",
      "emailVerified":true,"passwordHash":"x","__proto__":{"is_admin":true,"status":"active","group_id":1},"constructor":{"prototype":{"x":1}}}`);
    const who: Person = { ...claims, sub: person().sub };
    const by = await signIn('oidc', who);
    expect(by.user?.id).not.to.equal(victim.user?.id);
    expect([by.user?.group?.name, by.user?.status]).to.deep.equal(['User', 'active']);
    expect((await signIn('oidc', who)).user?.id).to.equal(by.user?.id);
    expect((await by.setting()).json?.data?.passwordless).to.equal(true);
  });

  describe('with an address that somebody has', () => {
    for (const [first, second] of [
      ['oidc', 'logto'],
      ['google', 'oidc'],
    ] as const) {
      it(`of ${first} is refused at ${second}, and makes nobody`, async () => {
        const who = person();
        await signIn(first, who);
        const before = [await count('users'), await count('social_links')];
        expect(codeOf(await attempt(second, { ...person(), email: who.email }))).to.equal(40032);
        expect([await count('users'), await count('social_links')]).to.deep.equal(before);
      });
    }

    it('is one address in every spelling of its letters', async () => {
      const who = person();
      const email = `Some.${who.email}`;
      await signIn('oidc', { ...who, email });
      for (const spelling of [email.toUpperCase(), email.toLowerCase(), ` ${email}`]) {
        expect(codeOf(await attempt('logto', { ...person(), email: spelling })), spelling).to.equal(40032);
      }
      expect(codeOf(await stage.client().signUp(email.toUpperCase(), PASSWORD))).to.equal(40032);
    });

    it('is signed in with by password in every spelling of its letters', async () => {
      const email = `Mixed.${person().email}`;
      expect(codeOf(await stage.client().signUp(email, PASSWORD))).to.equal(0);
      const by = await stage.client().signInWithPassword(email.toUpperCase(), PASSWORD);
      expect(by.user?.email).to.equal(email.toLowerCase());
    });
  });

  describe('at a provider that is trusted with addresses', () => {
    it('attaches to the user whose address both sides have verified', async () => {
      const owner = person();
      const by = await signIn('oidc', owner);
      const again = await signIn('google', { ...person(), email: owner.email.toUpperCase() });
      expect(again.user?.id).to.equal(by.user?.id);
      expect(await by.linked()).to.have.members([2, 'google']);
    });

    for (const [title, claims] of Object.entries({
      false: { email_verified: false },
      'the text true': { email_verified: 'true' },
      'the number 1': { email_verified: 1 },
      null: { email_verified: null },
      'a list': { email_verified: [true] },
      'not said': { email_verified: undefined },
    })) {
      it(`does not attach when verified is ${title}`, async () => {
        const owner = person();
        const by = await signIn('oidc', owner);
        const stranger: object = { ...person(), email: owner.email, ...claims };
        expect(codeOf(await attempt('google', stranger as Person))).to.equal(40032);
        expect(await by.linked()).to.deep.equal([2]);
      });
    }

    it('does not attach to a user whose own provider did not verify the address', async () => {
      const owner = { ...person(), email_verified: false };
      const by = await signIn('oidc', owner);
      expect(codeOf(await attempt('google', { ...person(), email: owner.email }))).to.equal(40032);
      expect(await by.linked()).to.deep.equal([2]);
    });

    it('does not attach a second identity of the same provider', async () => {
      const owner = person();
      const by = await signIn('google', owner);
      expect(codeOf(await attempt('google', { ...person(), email: owner.email }))).to.equal(40032);
      expect(await by.linked()).to.deep.equal(['google']);
    });

    it('gives nothing to who registered the address first without proving it', async () => {
      const owner = person();
      const squatter = stage.client();
      await squatter.signUp(owner.email, PASSWORD);
      await squatter.signInWithPassword(owner.email, PASSWORD);
      expect(codeOf(await attempt('google', owner))).to.equal(40032);
      expect(codeOf(await attempt('oidc', owner))).to.equal(40032);
      expect(await squatter.linked()).to.deep.equal([]);
      await squatter.link('oidc', stage.providers.oidc, { ...person(), email: owner.email });
      expect(codeOf(await attempt('google', owner)), 'nor by linking an identity that tells the same address').to.equal(40032);
      expect(await squatter.linked()).to.deep.equal([2]);
    });

    it('gives nothing to who registers the address afterwards', async () => {
      const owner = person();
      const by = await signIn('google', owner);
      expect(codeOf(await stage.client().signUp(owner.email, PASSWORD))).to.equal(40032);
      expect(codeOf(await stage.client().call('POST', '/session/token', { email: owner.email, password: PASSWORD }))).to.equal(40080);
      expect((await signIn('google', owner)).user?.id).to.equal(by.user?.id);
    });
  });

  describe('of somebody who is banned', () => {
    it('is refused, by the old identity and by a new one with the same address', async () => {
      const who = person();
      await signIn('oidc', who);
      await ban(who);
      const users = await count('users');
      expect(codeOf(await attempt('oidc', who))).to.equal(40017);
      expect(codeOf(await attempt('logto', { ...person(), email: who.email }))).to.equal(40032);
      expect(codeOf(await attempt('google', { ...person(), email: who.email })), 'by verified e-mail').to.equal(40017);
      expect(await count('users')).to.equal(users);
    });

    it('does not come back by a link that was begun before', async () => {
      const who = person();
      const by = await signIn('oidc', who);
      const back = await by.visit('google', stage.providers.google, person(), { linking: true });
      const links = await count('social_links');
      await ban(who);
      expect(codeOf(await stage.client().finish('google', back))).to.equal(40017);
      expect(codeOf(await by.prepare('logto', { linking: true }))).to.equal(40017);
      expect(await count('social_links')).to.equal(links);
    });

    it('is refused although the tokens are still good', async () => {
      const who = person();
      const by = await signIn('oidc', who);
      await ban(who);
      expect(codeOf(await by.setting())).to.equal(40017);
      expect(codeOf(await by.refresh())).to.equal(40020);
    });
  });
});

describeOn(['sqlite'], 'While sign-up is off', (kind) => {
  let stage: Stage;

  before(async () => {
    stage = await openStage({ database: kind });
  });
  after(() => stage.close());

  it('those who were here before sign in and link, and nobody new gets in', async () => {
    const { oidc, google } = stage.providers;
    const who = person();
    await stage.client().signIn('oidc', oidc, who);
    const { base } = await stage.start({ signUp: false });
    const by = await new ApiClient(base).signIn('oidc', oidc, who);
    await by.link('google', google, person());
    const stranger = new ApiClient(base);
    const back = await stranger.visit('google', google, person());
    expect(codeOf(await stranger.finish('google', back))).to.equal(40068);
    expect(codeOf(await stranger.signUp(person().email, PASSWORD))).to.equal(40019);
    expect((await stage.query('SELECT id FROM users')).length).to.equal(1);
  });
});

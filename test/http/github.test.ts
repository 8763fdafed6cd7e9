// Signing in at GitHub: what it does in its own way, and what none of its answers may do.

import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { expect } from 'chai';
import type { ProviderClients } from '../../lib/accounts/provider-clients.js';
import type { VerifiedIdentity } from '../../lib/accounts/types.js';
import { answerWith, BASE_URL, failureOf, openGate, prepareFlow, straighten } from '../support/gate.js';
import { type GitHubBend, type GitHubEmulator, gitHubPerson, startGitHubEmulator } from '../support/github-emulator.js';
import { Answer } from '../support/http-answer.js';
import { json, ODD_ANSWERS, WRONG_TOKENS } from '../support/odd-answers.js';
import type { Person } from '../support/person.js';

type Json = Readonly<Record<string, unknown>>;

const TOKEN = '/login/oauth/access_token';
const EMAILS = '/api/v3/user/emails';

function gateFor({ baseUrl, clientId, clientSecret }: GitHubEmulator, change: object = {}): ProviderClients {
  return openGate({ github: { baseUrl, clientId, clientSecret, ...change } });
}

async function signIn(gate: ProviderClients, at: GitHubEmulator, who: Person = gitHubPerson()): Promise<VerifiedIdentity> {
  const prepared = prepareFlow('github');
  const { code, iss } = await at.approve(await gate.authorizationUrl(prepared, undefined), who);
  return gate.identify(prepared.flow, answerWith({ code, iss }));
}

const last = ({ requests }: GitHubEmulator, path: string) => requests.filter((request) => request.path === path).at(-1);

describe('Signing in at GitHub', () => {
  let github: GitHubEmulator;
  let gate: ProviderClients;
  before(async () => {
    github = await startGitHubEmulator();
    gate = gateFor(github);
  });
  after(() => github.close());
  afterEach(() => straighten(github.bend));

  it('the authorization URL has PKCE, the scope for addresses and no hint', async () => {
    const prepared = prepareFlow('github');
    const url = new URL(await gate.authorizationUrl(prepared, 'someone@example.test'));
    expect(url.origin + url.pathname).to.equal(`${github.baseUrl}/login/oauth/authorize`);
    expect(Object.fromEntries(url.searchParams)).to.deep.equal({
      response_type: 'code',
      client_id: github.clientId,
      redirect_uri: `${BASE_URL}/callback/openid/github`,
      scope: 'user:email',
      state: prepared.flow.id,
      code_challenge: createHash('sha256').update(prepared.flow.codeVerifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
  });

  it('is github.com where nothing else is said, and asks for the account where a person is to prove who they are', async () => {
    const cloud = openGate({ github: { clientId: 'a', clientSecret: 'b' } });
    const url = new URL(await cloud.authorizationUrl(prepareFlow('github', true), undefined));
    expect(url.origin + url.pathname).to.equal('https://github.com/login/oauth/authorize');
    expect(url.searchParams.get('prompt')).to.equal('select_account');
  });

  it('a person is the number of the account, with the primary address, whatever the public profile shows', async () => {
    const who = gitHubPerson();
    const { tokens, ...identity } = await signIn(gate, github, who);
    expect(identity).to.deep.equal({
      provider: 'github',
      namespace: github.baseUrl,
      subject: who.sub,
      profile: { email: who.email, emailVerified: true, name: who.name, picture: `https://avatars.example.test/${who.sub}` },
    });
    expect(tokens?.accessToken).to.match(/^gho_/);
    const renamed = { ...who, username: 'someone-else', name: 'Renamed' };
    expect((await signIn(gate, github, renamed)).subject).to.equal(who.sub);
  });

  it('whoever has the name of an account that was renamed is somebody else', async () => {
    const who = gitHubPerson();
    const [one, other] = [await signIn(gate, github, who), await signIn(gate, github, { ...gitHubPerson(), username: who.username })];
    expect(one.subject).to.not.equal(other.subject);
  });

  it('the secret and the verifier are in the form of one token request, and JSON is asked for', async () => {
    const before = github.count(TOKEN);
    await signIn(gate, github);
    expect(github.count(TOKEN)).to.equal(before + 1);
    const { form, headers } = last(github, TOKEN) ?? { form: {}, headers: {} };
    expect(form).to.have.all.keys('client_id', 'client_secret', 'code', 'code_verifier', 'redirect_uri');
    expect(headers).to.include({ accept: 'application/json' }).and.not.have.property('authorization');
  });

  it('an address that GitHub has not verified is no proof, and who has none comes in without', async () => {
    const who = { ...gitHubPerson(), email_verified: false };
    expect((await signIn(gate, github, who)).profile).to.include({ email: who.email, emailVerified: false });
    const { email: _, ...without } = gitHubPerson();
    expect((await signIn(gate, github, without)).profile)
      .to.include({ emailVerified: false })
      .and.not.have.property('email');
  });

  const ADDRESSES: Readonly<Record<string, GitHubBend['emails']>> = {
    'none is the primary one': () => [{ email: 'a@example.test', primary: false, verified: true }],
    'the primary one says so by a text': () => [{ email: 'a@example.test', primary: 'true', verified: true }],
    'they are null': () => [null, 'a@example.test', ['a@example.test']],
    'the primary one is no address': () => [{ email: 'a\r\nbcc: b', primary: true, verified: true }],
    'the scope was not given': () => new Answer(404, '{"message":"Not Found"}', { 'content-type': 'application/json' }),
  };
  for (const [title, emails] of Object.entries(ADDRESSES))
    it(`nobody gets an address where ${title}`, async () => {
      Object.assign(github.bend, { emails });
      expect((await signIn(gate, github)).profile)
        .to.include({ emailVerified: false })
        .and.not.have.property('email');
    });

  it('an address counts as verified by true alone', async () => {
    for (const verified of ['true', 1, null, undefined]) {
      github.bend.emails = () => [{ email: 'a@example.test', primary: true, verified }];
      expect((await signIn(gate, github)).profile).to.include({ email: 'a@example.test', emailVerified: false });
    }
  });

  it('without the scope for addresses none is asked for', async () => {
    const narrow = gateFor(github, { scope: 'read:user' });
    const before = github.count(EMAILS);
    expect((await signIn(narrow, github)).profile).not.to.have.property('email');
    expect(github.count(EMAILS)).to.equal(before);
    expect((await signIn(gateFor(github, { scope: 'user' }), github)).profile).to.have.property('email');
  });

  it('who shows no name goes by the name of the account', async () => {
    const { name: _, ...who } = gitHubPerson();
    expect((await signIn(gate, github, who)).profile.name).to.equal(who.username);
  });

  it("names itself in the redirect, where another's name is refused; older servers name nobody", async () => {
    const come = async (change: object) => {
      const prepared = prepareFlow('github');
      const { code, iss } = await github.approve(await gate.authorizationUrl(prepared, undefined));
      return gate.identify(prepared.flow, answerWith({ code, iss, ...change }));
    };
    const before = github.count(TOKEN);
    for (const iss of ['https://github.com/login/oauth', github.baseUrl, 'https://evil.example', ''])
      expect((await failureOf(come({ iss }))).code, iss).to.equal('provider_failed');
    expect(github.count(TOKEN)).to.equal(before);
    expect((await come({ iss: undefined })).provider).to.equal('github');
  });

  it('a person who says no is told so', async () => {
    const prepared = prepareFlow('github');
    const { error, iss } = await github.refuse(await gate.authorizationUrl(prepared, undefined));
    expect((await failureOf(gate.identify(prepared.flow, answerWith({ error, iss })))).code).to.equal('denied');
  });

  it('a code works once, and with its own verifier; the error on status 200 is told to the operator alone', async () => {
    const prepared = prepareFlow('github');
    const { code } = await github.approve(await gate.authorizationUrl(prepared, undefined));
    await gate.identify(prepared.flow, answerWith({ code }));
    const failure = await failureOf(gate.identify(prepared.flow, answerWith({ code })));
    expect([failure.code, failure.detail]).to.deep.equal([
      'provider_failed',
      'redeeming the code: GitHub answered status 200 (bad_verification_code)',
    ]);
    expect(failure.message).not.to.include('bad_verification_code');
    const theirs = await github.approve(await gate.authorizationUrl(prepareFlow('github'), undefined));
    expect((await failureOf(gate.identify(prepareFlow('github').flow, answerWith({ code: theirs.code })))).detail).to.include(
      'bad_verification_code',
    );
  });

  it('a wrong secret is told to the operator by its error code, and never itself', async () => {
    const failure = await failureOf(signIn(gateFor(github, { clientSecret: 'wrong-secret' }), github));
    expect(failure.detail).to.include('incorrect_client_credentials');
    expect(inspect(failure, { depth: 10, showHidden: true }))
      .not.to.include('wrong-secret')
      .and.not.include('hush');
  });

  it('a token is revoked by its own request, once and as often as one likes', async () => {
    const { tokens } = await signIn(gate, github);
    if (tokens === undefined) throw new Error('GitHub gave no token');
    expect(github.isAlive(tokens.accessToken)).to.equal(true);
    await gate.revoke('github', tokens);
    expect(github.isAlive(tokens.accessToken)).to.equal(false);
    await gate.revoke('github', tokens);
    const wrong = gateFor(github, { clientSecret: 'wrong-secret' });
    expect((await failureOf(wrong.revoke('github', tokens))).code).to.equal('provider_failed');
    // The connection is kept: what of the request were not measured would be read as the next one.
    expect((await signIn(gate, github)).provider).to.equal('github');
  });

  it("a GitHub App's tokens end, and are refreshed once", async () => {
    const app = await startGitHubEmulator({ isApp: true });
    try {
      const own = gateFor(app);
      const { provider, subject, tokens } = await signIn(own, app);
      if (tokens === undefined) throw new Error('GitHub gave no token');
      expect(tokens.expiresAt).to.be.within(Date.now() + 28_000_000, Date.now() + 28_800_000);
      const refreshed = await own.refresh({ provider, subject }, tokens);
      expect(refreshed.accessToken).to.not.equal(tokens.accessToken);
      expect((await failureOf(own.refresh({ provider, subject }, tokens))).code).to.equal('reauthentication_required');
    } finally {
      await app.close();
    }
  });

  describe('with an odd answer', () => {
    /** Ends as `provider_failed` after one token request, and the next honest sign-in works. */
    function refuses(name: string, bend: () => object): void {
      it(`nobody gets in, and the next honest sign-in works: ${name}`, async () => {
        const before = github.count(TOKEN);
        Object.assign(github.bend, bend());
        const failure = await failureOf(signIn(gate, github)).finally(() => straighten(github.bend));
        expect(failure.code).to.equal('provider_failed');
        expect(github.count(TOKEN) - before).to.equal(1);
        const who = gitHubPerson();
        expect((await signIn(gate, github, who)).subject).to.equal(who.sub);
      });
    }

    for (const endpoint of ['token', 'user'])
      for (const [name, hook] of Object.entries(ODD_ANSWERS)) refuses(`${endpoint}: ${name}`, () => ({ [endpoint]: hook() }));
    for (const [name, change] of Object.entries(WRONG_TOKENS))
      refuses(`token: ${name}`, () => ({ token: (honest: Json) => json({ ...honest, ...change }) }));
    for (const name of ['null', 'an empty object', 'HTML', 'nothing', 'status 500', 'a redirect', 'half of a JSON text'])
      refuses(`emails: ${name}`, () => ({ emails: ODD_ANSWERS[name]?.() }));
    for (const id of [undefined, null, '', '42', 0, -1, 1.5, 1e300, 2 ** 53, [1], { toString: '1' }, true])
      refuses(`user: ${JSON.stringify(id)} for a number`, () => ({ user: (honest: Json) => json({ ...honest, id }) }));
  });
});

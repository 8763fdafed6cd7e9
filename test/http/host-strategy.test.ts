// A provider of the host's own: a Passport strategy from the registry, in a host that gives no more than strategy and profile.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { expect } from 'chai';
import express from 'express';
import { Strategy as GitHubStrategy, type Profile } from 'passport-github2';
import { QueryTypes, type Sequelize } from 'sequelize';
import { parseSettings } from '../../config/parse-settings.js';
import { type HostProfile, type HostProviderOptions, type Latchkey, latchkey } from '../../lib/index.js';
import { openDatabase } from '../../lib/server/database.js';
import { ConfigurationError } from '../../lib/support/configuration-error.js';
import { ApiClient } from '../support/client.js';
import { type GitHubBend, type GitHubEmulator, gitHubPerson, startGitHubEmulator } from '../support/github-emulator.js';
import { Answer } from '../support/http-answer.js';
import type { HttpAnswer, Json } from '../support/http-request.js';
import { type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.js';
import { type Person, person } from '../support/person.js';
import { createDatabase } from '../support/services.js';
import { extIdpId } from './scenarios.js';

type Back = { readonly code: string; readonly state: string };

const SECRET = 'a-secret-for-tests-that-is-long-enough-0123456789';

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('Not a TCP address');
  return `http://127.0.0.1:${address.port}`;
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

type Done = (error: unknown, user?: object | false) => void;

/** The addresses of `allRawEmails` are more than the types of the package tell. */
function toProfile(user: Profile): HostProfile {
  const primary = user.emails?.map((each) => ({ verified: false, primary: false, ...each })).find((each) => each.primary);
  return {
    subject: user.id,
    email: primary?.value,
    emailVerified: primary?.verified,
    name: user.displayName,
    picture: user.photos?.[0]?.value,
  };
}

const handOn = (_access: string, _refresh: string, profile: Profile, done: Done) => done(null, profile);

function gitHubStrategy({ baseUrl, clientId, clientSecret }: GitHubEmulator, change: object = {}, verify: typeof handOn = handOn) {
  const options = {
    clientID: clientId,
    clientSecret,
    authorizationURL: `${baseUrl}/login/oauth/authorize`,
    tokenURL: `${baseUrl}/login/oauth/access_token`,
    userProfileURL: `${baseUrl}/api/v3/user`,
    userEmailURL: `${baseUrl}/api/v3/user/emails`,
    // What a host with Passport already has; ours replaces it.
    callbackURL: 'https://host.example/auth/github/callback',
    scope: ['user:email'],
    allRawEmails: true,
  };
  return new GitHubStrategy({ ...options, ...change }, verify);
}

const codeOf = ({ json }: HttpAnswer): unknown => json?.code;
const dataOf = ({ json }: HttpAnswer): Json => json?.data ?? {};

describe("A provider of the host's own", () => {
  let github: GitHubEmulator;
  let oidc: OpenIdProvider;
  let sequelize: Sequelize;
  const hosts: { close(): Promise<void> }[] = [];
  let base: string;
  let keys: Latchkey;
  const logged: string[] = [];

  /** Another process on the same database, with this provider. */
  async function openHost(provider: HostProviderOptions) {
    const server = createServer();
    const origin = await listen(server);
    hosts.push({ close: () => stop(server) });
    const log = (...line: unknown[]) => void logged.push(JSON.stringify(line));
    const free = { limit: 1_000_000 };
    const { clientId, clientSecret, issuer } = oidc;
    const plugin = await latchkey({
      sequelize,
      baseUrl: origin,
      secret: SECRET,
      rateLimits: { prepare: free, finish: free, unlink: free },
      providers: { oidc: { issuer, clientId, clientSecret }, github: provider },
      logger: { info: log, warn: log, error: log },
    });
    hosts.push(plugin);
    server.on('request', express().use(plugin.router));
    return { base: origin, keys: plugin };
  }

  before(async () => {
    [github, oidc] = await Promise.all([startGitHubEmulator(), startOpenIdProvider()]);
    sequelize = openDatabase((await createDatabase('sqlite')).url);
    ({ base, keys } = await openHost({ strategy: gitHubStrategy(github), profile: toProfile, displayName: 'GitHub' }));
  });

  after(async () => {
    for (const host of hosts.reverse()) await host.close();
    await sequelize?.close();
    await Promise.all([github?.close(), oidc?.close()]);
  });

  afterEach(() => {
    for (const name of ['token', 'user', 'emails'] as const) delete github.bend[name];
  });

  async function visit(by: ApiClient, who: Person, extra: object = {}): Promise<Back> {
    const prepared = await by.prepare('github', extra);
    expect(codeOf(prepared), prepared.text).to.equal(0);
    return github.approve(String(prepared.json?.data), who);
  }

  async function signIn(at: string, who: Person): Promise<ApiClient> {
    const by = new ApiClient(at);
    const answer = await by.finish('github', await visit(by, who));
    expect(codeOf(answer), answer.text).to.equal(0);
    by.user = dataOf(answer).user;
    by.token = String(dataOf(answer).token?.access_token);
    return by;
  }

  /** Signed in by OpenID Connect, then linked to GitHub. */
  async function member(who: Person = gitHubPerson()): Promise<ApiClient> {
    const by = await new ApiClient(base).signIn('oidc', oidc, person());
    expect(codeOf(await by.finish('github', await visit(by, who, { linking: true })))).to.equal(0);
    return by;
  }

  it('signs a person in, the second time as the same user', async () => {
    const who = gitHubPerson();
    const by = await signIn(base, who);
    expect(by.user).to.include({ email: who.email, nickname: who.name });
    expect((await signIn(base, { ...who, name: 'Renamed', username: 'renamed' })).user?.id).to.equal(by.user?.id);
    expect((await signIn(base, gitHubPerson())).user?.id).to.not.equal(by.user?.id);
  });

  it('is asked by our redirect URI, scopes of its own, and the flow as its state', async () => {
    const by = new ApiClient(base);
    const url = new URL(String((await by.prepare('github')).json?.data));
    expect(Object.fromEntries(url.searchParams)).to.deep.include({ redirect_uri: `${base}/callback/openid/github`, scope: 'user:email' });
    expect(url.searchParams.get('state')).to.match(/^[\da-f]{8}-[\da-f-]{27}$/);
  });

  it('is linked, listed and unlinked in the Cloudreve API', async () => {
    const by = await member();
    expect(await by.linked()).to.deep.equal([2, 'github']);
    expect(codeOf(await by.unlink('github'))).to.equal(0);
    expect(await by.linked()).to.deep.equal([2]);
    expect(codeOf(await by.unlink('github'))).to.equal(40068);
    expect(codeOf(await by.unlink('oidc'))).to.equal(40084);
  });

  it('is linked, listed and unlinked in the GenAuth API', async () => {
    const who = gitHubPerson();
    const by = await member(who);
    const identities = Array.from(Object((await by.identities()).json?.data), Object);
    expect(identities.map(({ provider, originConnIds, userIdInIdp }) => [provider, originConnIds, userIdInIdp])).to.deep.include([
      'oidc',
      ['github'],
      who.sub,
    ]);
    const offered = Array.from(Object((await by.call('GET', '/api/v3/get-application-enabled-extidps')).json?.data), Object);
    expect(offered.map(({ identifier, name }) => [identifier, name])).to.deep.include(['github', 'GitHub']);
    expect((await by.genauthUnlink(extIdpId('github'))).json?.statusCode).to.equal(200);
    expect(await by.linked()).to.deep.equal([2]);
  });

  it('stays when it is the last way in, in every API and from code', async () => {
    const by = await signIn(base, gitHubPerson());
    expect(codeOf(await by.unlink('github'))).to.equal(40084);
    expect((await by.genauthUnlink(extIdpId('github'))).json?.statusCode).to.equal(422);
    expect((await by.bioreUnlink('github')).status).to.equal(400);
    const [link] = Array.from(Object((await by.identities()).json?.data), Object);
    const [row] = await sequelize.query<{ user_id: number }>('SELECT user_id FROM social_links WHERE subject = :subject', {
      type: QueryTypes.SELECT,
      replacements: { subject: link.userIdInIdp },
    });
    const refused = await keys.links.unlink(row?.user_id ?? 0, 'github').catch((error: { code?: unknown }) => error.code);
    expect(refused).to.equal('only_sign_in_method');
    expect(await by.linked()).to.deep.equal(['github']);
  });

  it("takes an identity that is somebody else's from nobody", async () => {
    const who = gitHubPerson();
    await signIn(base, who);
    const by = await new ApiClient(base).signIn('oidc', oidc, person());
    expect(codeOf(await by.finish('github', await visit(by, who, { linking: true })))).to.equal(40067);
  });

  it('switched off, it lets nobody in, does not count, and its link may go', async () => {
    const by = await member();
    const off = await openHost({ strategy: gitHubStrategy(github), profile: toProfile, enabled: false });
    const here = new ApiClient(off.base, by.token);
    expect(codeOf(await here.prepare('github'))).to.equal(40019);
    expect(codeOf(await here.unlink('oidc'))).to.equal(40084);
    expect(codeOf(await here.unlink('github'))).to.equal(0);
  });

  it('keeps its own state and PKCE through the trip, for many people at once', async () => {
    const own = await openHost({ strategy: gitHubStrategy(github, { state: true, pkce: true }), profile: toProfile });
    const crowd = Array.from({ length: 8 }, gitHubPerson);
    const clients = crowd.map(() => new ApiClient(own.base));
    const backs = await Promise.all(crowd.map((who, index) => visit(clients[index] ?? new ApiClient(own.base), who)));
    let inside = 0;
    let openDoors: (() => void) | undefined;
    const allInside = new Promise<void>((resolve) => {
      openDoors = resolve;
    });
    github.bend.user = (honest) => {
      inside += 1;
      if (inside === crowd.length) openDoors?.();
      return allInside.then(() => honest);
    };
    const answers = await Promise.all(backs.map((back, index) => clients[index]?.finish('github', back)));
    expect(answers.map((answer) => answer && [codeOf(answer), dataOf(answer).user?.nickname])).to.deep.equal(
      crowd.map(({ name }) => [0, name]),
    );
    const asked = github.requests.filter(({ query }) => query.code_challenge !== undefined);
    const proven = github.requests.map(({ form }) => form.code_verifier).filter((verifier) => verifier !== undefined);
    const hash = (verifier: string) => createHash('sha256').update(verifier).digest('base64url');
    expect(asked.map(({ query }) => query.code_challenge)).to.have.members(proven.map(hash));
    expect(new Set(proven).size).to.equal(8);
  });

  it('finishes a flow once, and none of another provider', async () => {
    const by = new ApiClient(base);
    const back = await visit(by, gitHubPerson());
    expect(codeOf(await by.finish('oidc', back))).to.equal(40023);
    expect(codeOf(await by.finish('github', back))).to.equal(0);
    const before = github.count('/login/oauth/access_token');
    expect(codeOf(await by.finish('github', back))).to.equal(40023);
    expect(github.count('/login/oauth/access_token')).to.equal(before);
  });

  it('tells the refusal of a person, or of its verify callback, as the documented failure', async () => {
    const by = new ApiClient(base);
    const refused = await github.refuse(String((await by.prepare('github')).json?.data));
    expect(refused).to.include({ error: 'access_denied' });
    const page = await by.call('GET', `/callback/openid/github?${new URLSearchParams(refused)}`);
    expect([page.status, page.text.includes('access_denied')]).to.deep.equal([400, false]);

    const strict = await openHost({ strategy: gitHubStrategy(github, {}, (_a, _r, _p, done) => done(null, false)), profile: toProfile });
    const there = new ApiClient(strict.base);
    const answer = await there.finish('github', await visit(there, gitHubPerson()));
    expect([codeOf(answer), logged.at(-1)?.includes('"denied"')]).to.deep.equal([50007, true]);
  });

  const FAILURES: Readonly<Record<string, GitHubBend>> = {
    'an outage of its token endpoint': { token: () => new Answer(500, '<html>hush</html>') },
    'a refused code': { token: () => new Answer(401, JSON.stringify({ error: 'invalid_grant', error_description: 'hush' })) },
    'an answer without a token': { token: () => new Answer(200, 'error=bad_verification_code&error_description=hush') },
    'null in place of a token': { token: () => new Answer(200, 'null', { 'content-type': 'application/json' }) },
    'a page in place of addresses': { emails: () => new Answer(200, '<html>hush</html>') },
    'null for an address': { emails: () => [null] },
    'a page in place of a user': { user: () => new Answer(200, '<html>hush</html>') },
    'a user without an id': { user: () => ({ login: 'hush' }) },
    'an id that is no subject': { user: () => ({ id: '\u0000hush', login: 'hush' }) },
  };

  for (const [what, bend] of Object.entries(FAILURES)) {
    it(`answers ${what} by the documented failure, and tells nobody's words`, async () => {
      const by = new ApiClient(base);
      const who = gitHubPerson();
      const back = await visit(by, who);
      Object.assign(github.bend, bend);
      const from = logged.length;
      const answer = await by.finish('github', back);
      expect(codeOf(answer), answer.text).to.equal(50007);
      const told = answer.text + logged.slice(from).join('');
      for (const secret of ['hush', github.clientSecret, back.code, back.state]) expect(told).not.to.include(secret);
      for (const name of ['token', 'user', 'emails'] as const) delete github.bend[name];
      await signIn(base, who);
    });
  }

  it('waits 5 s for a strategy, and not for ever', async () => {
    const by = new ApiClient(base);
    const back = await visit(by, gitHubPerson());
    github.bend.user = () => new Promise(() => undefined);
    const began = Date.now();
    expect(codeOf(await by.finish('github', back))).to.equal(50007);
    expect(Date.now() - began).to.be.within(4_900, 6_500);
  });

  const leaveFor = (url: string) => ({
    authenticate(
      this: { redirect(url: string): void },
      { session = {} }: { session?: Record<string, unknown> },
      { callbackURL = '' }: { callbackURL?: string } = {},
    ) {
      if (url.endsWith('much')) session.much = 'x'.repeat(2048);
      this.redirect(url.endsWith('else') ? url : `${url}?${new URLSearchParams({ redirect_uri: callbackURL })}`);
    },
  });

  /** Each with what the operator reads about it. */
  const ODD: Readonly<Record<string, readonly [HostProviderOptions['strategy'], string]>> = {
    'throws at once': [
      {
        authenticate() {
          throw new RangeError('out of range');
        },
      },
      'out of range',
    ],
    rejects: [{ authenticate: () => Promise.reject(new RangeError('out of range')) }, 'out of range'],
    passes: [
      {
        authenticate(this: { pass(): void }) {
          this.pass();
        },
      },
      'the strategy passed',
    ],
    'is done before the trip began': [
      {
        authenticate(this: { success(user: object): void }) {
          this.success({ id: '1' });
        },
      },
      'did not redirect',
    ],
    'leads back to a page of its own': [leaveFor('https://provider.example/?redirect_uri=https%3A%2F%2Fhost.example&else'), 'callbackURL'],
    'leads over plain http': [leaveFor('http://provider.example/'), 'plain http'],
    'has too much to remember': [leaveFor('https://provider.example/much'), '2048 bytes'],
  };

  for (const [what, [strategy, reason]] of Object.entries(ODD)) {
    it(`begins no flow where a strategy ${what}`, async () => {
      const odd = await openHost({ strategy, profile: () => ({ subject: '1' }) });
      const from = logged.length;
      expect(codeOf(await new ApiClient(odd.base).prepare('github'))).to.equal(50007);
      expect(logged.slice(from).join('')).to.include(reason);
    });
  }

  it('is no believer: what the profile says too much or wrongly does nothing', async () => {
    const who = { email: 'no address', emailVerified: true, name: 'a\u0000b', picture: 'javascript:alert(1)', role: 'admin' };
    const host = await openHost({ strategy: gitHubStrategy(github), profile: (user: Profile) => ({ subject: user.id, ...who }) });
    const by = await signIn(host.base, gitHubPerson());
    expect(by.user?.email).to.not.equal(who.email);
    const [identity] = Array.from(Object((await by.identities()).json?.data), Object);
    expect(identity.userInfoInIdp).to.deep.equal({});
  });
});

describe("The settings of a provider of the host's own", () => {
  const strategy = { authenticate: () => undefined };
  const profile = () => ({ subject: '1' });

  function mistakesIn(providers: unknown): Readonly<Record<string, string>> {
    try {
      parseSettings({ baseUrl: 'https://app.example', secret: SECRET, providers });
      return {};
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      return Object.fromEntries(error.mistakes.map(({ path, expected }) => [path, expected]));
    }
  }

  it('have the defaults of any provider, and keep strategy and profile as they are', () => {
    const { providers } = parseSettings({ baseUrl: 'https://app.example', secret: SECRET, providers: { github: { strategy, profile } } });
    const config = providers.get('github');
    expect(config).to.include({ id: 'github', type: 'host', enabled: true, displayName: 'GitHub', icon: '', strategy, profile });
    expect(config?.extIdpId).to.equal(extIdpId('github'));
  });

  it('refuse what no strategy is, what is unknown, and ids that have a kind of their own', () => {
    expect(mistakesIn({ github: { strategy: {}, profile: 'id' } })).to.have.all.keys(
      'providers.github.strategy',
      'providers.github.profile',
    );
    expect(mistakesIn({ github: { strategy } })).to.have.all.keys('providers.github.profile');
    expect(mistakesIn({ github: { strategy, profile, clientId: 'c' } })).to.have.all.keys('providers.github.clientId');
    expect(mistakesIn({ github: { strategy, profile, type: 'oidc' } })).to.have.all.keys('providers.github.type');
    expect(mistakesIn({ google: { strategy, profile } })).to.include.keys('providers.google.strategy', 'providers.google.profile');
  });

  it('never come from a JSON file', () => {
    const written = JSON.parse(JSON.stringify({ github: { strategy: { ...strategy, name: 'github' }, profile } }));
    expect(mistakesIn(written)).to.have.all.keys('providers.github.strategy', 'providers.github.profile');
  });
});

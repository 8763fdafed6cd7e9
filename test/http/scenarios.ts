// Every documented failure, how a person runs into it, and each call that can answer it: one table for all dialects.

import { createHash, randomUUID } from 'node:crypto';
import { QueryTypes } from 'sequelize';
import { openDatabase } from '../../lib/server/database.js';
import { ApiClient, providerNumber } from '../support/client.js';
import type { Redirect } from '../support/openid-provider.js';
import { PASSWORD } from '../support/passwords.js';
import { type Person, person } from '../support/person.js';
import type { DatabaseKind } from '../support/services.js';
import { openStage, type Stage, type StageProvider } from '../support/stage.js';

/** What a failure is on the wire: Cloudreve's `code`, BIO.RE's status and key, GenAuth's `statusCode` and `apiCode`. */
interface Wire {
  readonly cloudreve: number;
  readonly biore: readonly [status: number, i18nKey: string];
  readonly genauth: readonly [statusCode: number, apiCode?: number];
}

/** Typed from the documents, not from the code under test. */
export const WIRE = {
  malformed: { cloudreve: 40001, biore: [400, 'auth.validation.failed'], genauth: [400] },
  'not signed in': { cloudreve: 401, biore: [401, 'auth.token.invalid'], genauth: [401, 2020] },
  'token refused': { cloudreve: 40020, biore: [401, 'auth.refresh.invalid_token'], genauth: [401, 2020] },
  'provider off': { cloudreve: 40019, biore: [400, 'auth.oauth.provider_disabled'], genauth: [400] },
  'not linked': { cloudreve: 40068, biore: [400, 'auth.oauth.not_linked'], genauth: [404] },
  'last way in': { cloudreve: 40084, biore: [400, 'auth.oauth.only_auth_method'], genauth: [422] },
  'linked already': { cloudreve: 40066, biore: [400, 'auth.oauth.already_linked'], genauth: [409] },
  "another's identity": { cloudreve: 40067, biore: [409, 'auth.oauth.linked_to_other_user'], genauth: [409] },
  'flow gone': { cloudreve: 40023, biore: [400, 'auth.oauth.flow_expired'], genauth: [400] },
  'sign-up off': { cloudreve: 40068, biore: [403, 'auth.oauth.sign_up_disabled'], genauth: [403] },
  'registration closed': { cloudreve: 40019, biore: [403, 'auth.register.closed'], genauth: [403] },
  'e-mail taken': { cloudreve: 40032, biore: [409, 'auth.oauth.email_taken'], genauth: [409] },
  banned: { cloudreve: 40017, biore: [401, 'auth.login.account_suspended'], genauth: [403, 2005] },
  inactive: { cloudreve: 40018, biore: [401, 'auth.login.account_deactivated'], genauth: [403, 2005] },
  'wrong password': { cloudreve: 40080, biore: [401, 'auth.login.invalid_credentials'], genauth: [401, 2333] },
  'wrong current password': { cloudreve: 40069, biore: [401, 'auth.login.invalid_credentials'], genauth: [401, 2333] },
  'provider failed': { cloudreve: 50007, biore: [502, 'auth.oauth.provider_failed'], genauth: [502] },
  'sign in again': { cloudreve: 403, biore: [403, 'auth.reauthentication_required'], genauth: [403] },
  'too many': { cloudreve: 429, biore: [429, 'auth.rate_limited'], genauth: [429] },
} as const satisfies Readonly<Record<string, Wire>>;

export type Failure = keyof typeof WIRE;

export interface Call {
  readonly dialect: keyof Wire;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  /** Under which name a failure of it is written down; a call without one changes and attempts nothing. */
  readonly tries?: string;
}

/** Who calls, and what else a call may need. */
export interface Given {
  readonly by: ApiClient;
  readonly who: Person & { readonly email: string };
  readonly back: Pick<Redirect, 'code' | 'state'>;
}

/** Three processes on one database: whoever signed in at one is known at all. */
export type Place = 'open' | 'strict' | 'limited';

export interface World {
  readonly stage: Stage;
  /** The origin of a process. */
  base(place: Place): string;
  close(): Promise<void>;
}

export interface Scenario {
  readonly failure: Failure;
  readonly when: string;
  /** Which process is asked; default `open`. */
  readonly at?: Place;
  /** Once for all calls: whatever fails leaves things as they were. */
  readonly arrange: (world: World) => Promise<Given>;
  readonly calls: Readonly<Record<string, (given: Given) => Call>>;
}

export { PASSWORD };

const ONE_CALL = { limit: 1, window: '1h' };

export async function openWorld(database: DatabaseKind): Promise<World> {
  const nobodyListens = { type: 'oidc', issuer: 'http://127.0.0.1:9', clientId: 'latchkey', clientSecret: 'secret' };
  const stage = await openStage({ database, config: { providers: { acme: nobodyListens } } });
  // One public origin, so that a flow of one process can be finished at another.
  const origin = { BASE_URL: stage.client().base };
  // One after the other: a start is the most that a small machine has to do here.
  const strict = await stage.start({ signUp: false, reauthenticateWithin: '1ms', providers: { oidc: { enabled: false } } }, origin);
  const limited = await stage.start(
    { rateLimits: { prepare: ONE_CALL, finish: ONE_CALL, unlink: ONE_CALL, refresh: ONE_CALL, password: ONE_CALL } },
    origin,
  );
  const bases: Readonly<Record<Place, string>> = { open: stage.client().base, strict: strict.base, limited: limited.base };
  return { stage, base: (place) => bases[place], close: () => stage.close() };
}

/** Writes what no call of the API can write. */
export async function change({ databaseUrl }: Stage, sql: string, replacements: Record<string, unknown> = {}): Promise<void> {
  const database = openDatabase(databaseUrl);
  await database.query(sql, { type: QueryTypes.UPDATE, replacements }).finally(() => database.close());
}

/** GenAuth's name of a provider that is configured without one. */
export const extIdpId = (provider: string) => createHash('sha256').update(provider).digest('hex').slice(0, 24);

export async function userIdOf({ query }: Stage, { sub }: Person): Promise<number> {
  const [link] = await query<{ user_id: number }>('SELECT user_id FROM social_links WHERE subject = :sub', { sub });
  if (link === undefined) throw new Error(`${sub} is linked to nobody`);
  return link.user_id;
}

const nowhere = () => ({ code: 'a-code', state: randomUUID() });

async function signedInBy({ stage }: World, provider: StageProvider): Promise<Given> {
  const who = person();
  return { by: await stage.client().signIn(provider, stage.providers[provider], who), who, back: nowhere() };
}

const byGoogle = (world: World) => signedInBy(world, 'google');
const byOidc = (world: World) => signedInBy(world, 'oidc');

const anonymous = async ({ stage }: World): Promise<Given> => ({ by: stage.client(), who: person(), back: nowhere() });

/** Signed up with a password, and signed in by it. */
async function byPassword({ stage }: World): Promise<Given> {
  const who = person();
  const by = stage.client();
  await by.signUp(who.email, PASSWORD);
  return { by: await by.signInWithPassword(who.email, PASSWORD), who, back: nowhere() };
}

/** The same user signed in, with a status that an operator gave since. */
const becomes = (status: string) => async (world: World) => {
  const given = await byGoogle(world);
  const { by, who } = given;
  await by.setPassword(PASSWORD);
  await by.signInWithPassword(who.email, PASSWORD);
  const back = await world.stage.client().visit('google', world.stage.providers.google, who);
  await change(world.stage, 'UPDATE users SET status = :status WHERE id = :id', { status, id: await userIdOf(world.stage, who) });
  return { ...given, back };
};

/** The refresh token where the access token should be. */
async function withTheRefreshToken(world: World): Promise<Given> {
  const given = await byOidc(world);
  return { ...given, by: new ApiClient(given.by.base, given.by.refreshToken) };
}

async function withTheAccessToken(world: World): Promise<Given> {
  const { by, ...given } = await byOidc(world);
  by.refreshToken = by.token;
  return { ...given, by };
}

async function withNoRefreshToken(world: World): Promise<Given> {
  const given = await byOidc(world);
  given.by.refreshToken = 'nonsense';
  return given;
}

/** Two linking flows at once: the other one was finished. */
async function linkedMeanwhile(world: World): Promise<Given> {
  const { stage } = world;
  const given = await byOidc(world);
  const back = await given.by.visit('google', stage.providers.google, given.who, { linking: true });
  await given.by.link('google', stage.providers.google, person());
  return { ...given, back };
}

async function linkingAnothersIdentity(world: World): Promise<Given> {
  const { google } = world.stage.providers;
  const [owner, given] = [await byGoogle(world), await byOidc(world)];
  return { ...given, back: await given.by.visit('google', google, owner.who, { linking: true }) };
}

async function linkingFlowOfAnother(world: World): Promise<Given> {
  const [other, given] = [await byOidc(world), await byOidc(world)];
  return { ...given, back: await other.by.visit('google', world.stage.providers.google, person(), { linking: true }) };
}

async function finishedFlow({ stage }: World): Promise<Given> {
  const [by, who] = [stage.client(), person()];
  const back = await by.visit('google', stage.providers.google, who);
  await by.finish('google', back);
  return { by, who, back };
}

const approvedAt =
  (provider: StageProvider, whoOf: (world: World) => Promise<Person & { readonly email: string }>) =>
  async (world: World): Promise<Given> => {
    const [by, who] = [world.stage.client(), await whoOf(world)];
    return { by, who, back: await by.visit(provider, world.stage.providers[provider], who) };
  };

const aStranger = async () => person();
const withATakenEmail = async (world: World) => ({ ...person(), email: (await byOidc(world)).who.email });

async function wrongCode(world: World): Promise<Given> {
  const given = await approvedAt('google', aStranger)(world);
  return { ...given, back: { ...given.back, code: 'not-the-code' } };
}

/** Has made the only call that the limited process allows. */
const afterOne =
  (arrange: (world: World) => Promise<Given>, callOf: (given: Given) => Call) =>
  async (world: World): Promise<Given> => {
    const given = await arrange(world);
    const { method, path, body } = callOf(given);
    await new ApiClient(world.base('limited'), given.by.token).call(method, path, body);
    return given;
  };

type CallOf = (given: Given) => Call;

const prepare =
  (provider: unknown, extra: { readonly linking?: unknown } = {}): CallOf =>
  () => ({
    ...{ dialect: 'cloudreve', method: 'PUT', path: '/session/openid', body: { provider, ...extra } },
    tries: extra.linking === true ? 'auth.oauth.link' : 'auth.oauth.sign_in',
  });
const prepareLink = (provider = 'google') => prepare(providerNumber(provider), { linking: true });
const finish =
  (provider: unknown, { extra = {}, tries = 'auth.oauth.sign_in' }: { readonly extra?: object; readonly tries?: string } = {}): CallOf =>
  ({ back }) => ({
    ...{ dialect: 'cloudreve', method: 'POST', path: '/session/openid', tries },
    body: { code: back.code, session_id: back.state, provider_id: provider, ...extra },
  });
const unlink =
  (provider: unknown, prefix = ''): CallOf =>
  () => ({ dialect: 'cloudreve', method: 'DELETE', path: `${prefix}/session/openid/${provider}`, tries: 'auth.oauth.unlink' });
const signIn =
  (body: object): CallOf =>
  ({ who }) => ({
    ...{ dialect: 'cloudreve', method: 'POST', path: '/session/token', tries: 'auth.password.sign_in' },
    body: { email: who.email, password: PASSWORD, ...body },
  });
const signUp =
  (body: object): CallOf =>
  ({ who }) => ({
    ...{ dialect: 'cloudreve', method: 'POST', path: '/user', tries: 'auth.password.sign_up' },
    body: { email: who.email, password: PASSWORD, ...body },
  });
const setPassword =
  (body: object = {}): CallOf =>
  () => ({
    ...{ dialect: 'cloudreve', method: 'PATCH', path: '/user/setting', tries: 'auth.password.set' },
    body: { new_password: PASSWORD, ...body },
  });
const removePassword: CallOf = () => ({
  ...{ dialect: 'cloudreve', method: 'PATCH', path: '/user/setting', tries: 'auth.password.remove' },
  body: { new_password: null, current_password: PASSWORD },
});
const setting: CallOf = () => ({ dialect: 'cloudreve', method: 'GET', path: '/user/setting' });
const refreshToken =
  (method: string, path: string) =>
  (body: object = {}): CallOf =>
  ({ by }) => ({ dialect: 'cloudreve', method, path, body: { refresh_token: by.refreshToken, ...body } });
const refresh = refreshToken('POST', '/session/token/refresh');
const signOut = refreshToken('DELETE', '/session/token');
const bioreUnlink =
  (provider: string): CallOf =>
  () => ({ dialect: 'biore', method: 'DELETE', path: `/api/v1/auth/oauth/unlink/${provider}`, tries: 'auth.oauth.unlink' });
/** Nothing is tried by a path that cannot be read. */
const undecodable =
  (dialect: Call['dialect'], path: string): CallOf =>
  () => ({ dialect, method: 'DELETE', path: `${path}/%E0%A4%A` });
const genauthUnlink =
  (body: object): CallOf =>
  () => ({ dialect: 'genauth', method: 'POST', path: '/api/v3/unlink-extidp', body, tries: 'auth.oauth.unlink' });
const identities: CallOf = () => ({ dialect: 'genauth', method: 'GET', path: '/api/v3/get-identities' });
const linkUrl =
  (provider: string, more: Readonly<Record<string, string>> = {}): CallOf =>
  ({ by }) => {
    const query = new URLSearchParams({ ext_idp_conn_identifier: provider, app_id: 'app', id_token: by.token ?? 'none', ...more });
    return { dialect: 'genauth', method: 'GET', path: `/api/v3/generate-link-extidp-url?${query}`, tries: 'auth.oauth.link' };
  };

/** The same unlink in each dialect. */
const unlinkEverywhere = (provider: StageProvider) => ({
  'Cloudreve unlink': unlink(providerNumber(provider)),
  'Cloudreve unlink below /api/v4': unlink(providerNumber(provider), '/api/v4'),
  'BIO.RE unlink': bioreUnlink(provider),
  'GenAuth unlink': genauthUnlink({ extIdpId: extIdpId(provider) }),
});

const signedInOnly = {
  'Cloudreve prepare of a link': prepareLink(),
  'Cloudreve settings': setting,
  'Cloudreve new password': setPassword(),
  ...unlinkEverywhere('google'),
  'GenAuth identities': identities,
  'GenAuth link to link': linkUrl('google'),
};

const statuses = [
  ['inactive', 'inactive'],
  ['banned', 'manual_banned'],
  ['banned', 'sys_banned'],
] as const;

export const SCENARIOS: readonly Scenario[] = [
  {
    failure: 'malformed',
    when: 'the provider has no name that there could be',
    arrange: byOidc,
    calls: {
      'Cloudreve prepare': prepare(9),
      'Cloudreve prepare, by text': prepare("0' OR '1'='1"),
      'Cloudreve finish': finish(9),
      'Cloudreve unlink': unlink(9),
      'Cloudreve unlink, undecodable': undecodable('cloudreve', '/session/openid'),
      'BIO.RE unlink, undecodable': undecodable('biore', '/api/v1/auth/oauth/unlink'),
      'GenAuth unlink': genauthUnlink({ extIdpId: 'google' }),
    },
  },
  {
    failure: 'malformed',
    when: 'something is missing',
    arrange: byOidc,
    calls: {
      'Cloudreve prepare': prepare(undefined),
      'Cloudreve finish without a code': finish('google', { extra: { code: '' } }),
      'Cloudreve finish without a flow': finish('google', { extra: { session_id: undefined } }),
      'Cloudreve password': signIn({ password: undefined }),
      'Cloudreve sign-up': signUp({ email: undefined }),
      'Cloudreve refresh': refresh({ refresh_token: undefined }),
      'Cloudreve sign-out': signOut({ refresh_token: undefined }),
      'GenAuth unlink': genauthUnlink({}),
      'GenAuth link to link': linkUrl('google', { app_id: '' }),
    },
  },
  {
    failure: 'malformed',
    when: 'something has another type',
    arrange: byOidc,
    calls: {
      'Cloudreve prepare': prepare([0]),
      'Cloudreve prepare, linking by text': prepare(0, { linking: 'true' }),
      'Cloudreve finish': finish('google', { extra: { session_id: { $ne: null } } }),
      'Cloudreve password': signIn({ email: ['a@example.test', 'b@example.test'] }),
      'Cloudreve sign-up': signUp({ password: 12345678 }),
      'Cloudreve new password': setPassword({ new_password: true }),
      'Cloudreve refresh': refresh({ refresh_token: 1 }),
      'GenAuth unlink': genauthUnlink({ extIdpId: [extIdpId('oidc')] }),
    },
  },
  { failure: 'not signed in', when: 'nobody is', arrange: anonymous, calls: signedInOnly },
  {
    failure: 'token refused',
    when: 'a refresh token stands in for an access token',
    arrange: withTheRefreshToken,
    calls: { ...signedInOnly, 'Cloudreve prepare': prepare(0), 'Cloudreve finish': finish('google') },
  },
  {
    failure: 'token refused',
    when: 'an access token stands in for a refresh token',
    arrange: withTheAccessToken,
    calls: { 'Cloudreve refresh': refresh(), 'Cloudreve sign-out': signOut() },
  },
  {
    failure: 'token refused',
    when: 'the refresh token is none',
    arrange: withNoRefreshToken,
    calls: { 'Cloudreve refresh': refresh(), 'Cloudreve sign-out': signOut() },
  },
  {
    failure: 'provider off',
    when: 'it is not configured',
    arrange: byOidc,
    calls: {
      'Cloudreve prepare': prepare(1),
      'Cloudreve prepare, by text': prepare('nobody'),
      'Cloudreve prepare of a link': prepareLink('qq'),
      'BIO.RE unlink': bioreUnlink('github'),
      'BIO.RE unlink of a provider that is not its own': bioreUnlink('oidc'),
      'GenAuth link to link': linkUrl('nobody'),
    },
  },
  {
    failure: 'provider off',
    when: 'it is switched off',
    at: 'strict',
    arrange: approvedAt('oidc', aStranger),
    calls: { 'Cloudreve prepare': prepare(2), 'Cloudreve finish': finish(2) },
  },
  { failure: 'not linked', when: 'it never was', arrange: byOidc, calls: unlinkEverywhere('google') },
  {
    failure: 'last way in',
    when: 'no other link and no password is there',
    arrange: byGoogle,
    calls: unlinkEverywhere('google'),
  },
  { failure: 'last way in', when: 'the password is all there is', arrange: byPassword, calls: { 'Cloudreve no password': removePassword } },
  {
    failure: 'linked already',
    when: 'the provider has a link',
    arrange: byGoogle,
    calls: { 'Cloudreve prepare of a link': prepareLink(), 'GenAuth link to link': linkUrl('google') },
  },
  {
    failure: 'linked already',
    when: 'another flow was faster',
    arrange: linkedMeanwhile,
    calls: { 'Cloudreve finish of a link': finish('google', { tries: 'auth.oauth.link' }) },
  },
  {
    failure: "another's identity",
    when: 'it is linked to somebody else',
    arrange: linkingAnothersIdentity,
    calls: { 'Cloudreve finish of a link': finish('google', { tries: 'auth.oauth.link' }) },
  },
  { failure: 'flow gone', when: 'nobody made it', arrange: anonymous, calls: { 'Cloudreve finish': finish('google') } },
  { failure: 'flow gone', when: 'it was used', arrange: finishedFlow, calls: { 'Cloudreve finish': finish('google') } },
  {
    failure: 'flow gone',
    when: 'it is of another provider',
    arrange: approvedAt('google', aStranger),
    calls: { 'Cloudreve finish': finish(2) },
  },
  {
    failure: 'flow gone',
    when: "it is somebody else's",
    arrange: linkingFlowOfAnother,
    calls: { 'Cloudreve finish of a link': finish('google') },
  },
  {
    failure: 'sign-up off',
    when: 'the identity is unknown',
    at: 'strict',
    arrange: approvedAt('google', aStranger),
    calls: { 'Cloudreve finish': finish('google') },
  },
  {
    failure: 'registration closed',
    when: 'somebody signs up by password',
    at: 'strict',
    arrange: approvedAt('google', aStranger),
    calls: { 'Cloudreve sign-up': signUp({}) },
  },
  {
    failure: 'e-mail taken',
    when: "it is another user's",
    arrange: approvedAt('google', withATakenEmail),
    calls: { 'Cloudreve finish': finish('google'), 'Cloudreve sign-up': signUp({}) },
  },
  ...statuses.map(
    ([failure, status]): Scenario => ({
      failure,
      when: `the user is ${status}`,
      arrange: becomes(status),
      calls: { ...signedInOnly, 'Cloudreve finish': finish('google'), 'Cloudreve password': signIn({}) },
    }),
  ),
  {
    failure: 'token refused',
    when: 'the user was banned',
    arrange: becomes('manual_banned'),
    calls: { 'Cloudreve refresh': refresh() },
  },
  {
    failure: 'wrong password',
    when: 'it is not the one',
    arrange: byPassword,
    calls: {
      'Cloudreve password': signIn({ password: 'not the one' }),
      'Cloudreve password of nobody': signIn({ email: 'nobody@example.test' }),
    },
  },
  {
    failure: 'wrong password',
    when: 'the user has none',
    arrange: byGoogle,
    calls: { 'Cloudreve password': signIn({}) },
  },
  {
    failure: 'wrong current password',
    when: 'it is not the one, or not there',
    arrange: byPassword,
    calls: {
      'Cloudreve new password': setPassword({ current_password: 'not the one' }),
      'Cloudreve new password without the current one': setPassword(),
    },
  },
  { failure: 'provider failed', when: 'the code is not the one', arrange: wrongCode, calls: { 'Cloudreve finish': finish('google') } },
  {
    failure: 'provider failed',
    when: 'the redirect came from another issuer',
    arrange: approvedAt('google', aStranger),
    calls: { 'Cloudreve finish': finish('google', { extra: { iss: 'https://attacker.example' } }) },
  },
  {
    failure: 'provider failed',
    when: 'it cannot be reached',
    arrange: byOidc,
    calls: { 'Cloudreve prepare': prepare('acme'), 'Cloudreve prepare of a link': prepareLink('acme') },
  },
  {
    failure: 'sign in again',
    when: 'the sign-in is too long ago',
    at: 'strict',
    arrange: byGoogle,
    calls: {
      'Cloudreve prepare of a link': prepareLink('logto'),
      'Cloudreve new password': setPassword(),
      ...unlinkEverywhere('google'),
      'GenAuth link to link': linkUrl('logto'),
    },
  },
  {
    failure: 'too many',
    when: 'every unlink counts, in any dialect',
    at: 'limited',
    arrange: afterOne(byGoogle, bioreUnlink('google')),
    calls: unlinkEverywhere('google'),
  },
  {
    failure: 'too many',
    when: 'this address has asked before',
    at: 'limited',
    arrange: afterOne(byPassword, prepare(0)),
    calls: { 'Cloudreve prepare': prepare(0), 'Cloudreve prepare of a link': prepareLink(), 'GenAuth link to link': linkUrl('google') },
  },
  {
    failure: 'too many',
    when: 'this address has finished before',
    at: 'limited',
    arrange: afterOne(anonymous, finish('google')),
    calls: { 'Cloudreve finish': finish('google') },
  },
  {
    failure: 'too many',
    when: 'this address has tried a password before',
    at: 'limited',
    arrange: afterOne(byPassword, signIn({ password: 'not the one' })),
    calls: { 'Cloudreve password': signIn({}), 'Cloudreve sign-up': signUp({}), 'Cloudreve new password': setPassword() },
  },
  {
    failure: 'too many',
    when: 'this family was refreshed before',
    at: 'limited',
    arrange: afterOne(byOidc, refresh()),
    calls: { 'Cloudreve refresh': refresh() },
  },
];

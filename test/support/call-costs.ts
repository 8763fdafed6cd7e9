// What each call costs: statements, commands of Redis, round trips and bytes, as they are on the wire.

import { ApiClient, BrowserClient } from './client.js';
import { freePort } from './free-port.js';
import { FREE } from './no-limits.js';
import { type OpenIdProvider, startOpenIdProvider } from './openid-provider.js';
import { person } from './person.js';
import { startServer } from './server.js';
import { tapSqlite } from './sqlite-tap.js';
import { type Message, tapWire, type WireTap } from './wire-tap.js';

export interface Cost {
  /** That read or write. */
  readonly statements: number;
  /** `BEGIN`, `COMMIT`, `SET` and their like. */
  readonly frames: number;
  /** Round trips to the database; 0 on SQLite, which is in the process. */
  readonly trips: number;
  readonly redis: number;
  /** For the database and for Redis together. */
  readonly asked: number;
  /** The answer's bytes, with its headers. */
  readonly answer: number;
}

export const CALLS = [
  'prepare',
  'callback, new person',
  'callback, known person',
  'callback that links',
  'session check, cookie',
  'session check, Bearer',
  'list',
  'unlink',
  'unlink, refused',
  'refresh',
  'sign out',
] as const;

export type Call = (typeof CALLS)[number];
export type Costs = ReadonlyMap<Call, Cost>;

export const FRAME = /^(?:BEGIN|START|COMMIT|ROLLBACK|SET|PRAGMA|SAVEPOINT)\b/i;
/** What senders ask in the background, whoever calls. */
const POLL = /^(?!INSERT).*\boutbox_messages\b/is;

/** Without those transactions and statements in which somebody only polls. */
export function withoutPolls(messages: readonly Message[]): readonly Message[] {
  const open = new Map<number, Message[]>();
  const kept: Message[] = [];
  for (const message of messages) {
    const before = open.get(message.connection) ?? [];
    const together = [...before, message];
    const begins = /^(?:BEGIN|START|SET TRANSACTION)\b/i.test(message.text);
    const isOver = !begins && (before.length === 0 || /^(?:COMMIT|ROLLBACK)\b/i.test(message.text));
    open.set(message.connection, isOver ? [] : together);
    if (!isOver) continue;
    const acts = together.filter(({ text }) => !FRAME.test(text));
    if (acts.length === 0 || acts.some(({ text }) => !POLL.test(text))) kept.push(...together);
  }
  return kept;
}

/** The first ones prepare statements and fill caches. */
const WARM = 2;
const PEOPLE = 5;

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
/** A connection that has to be opened, or has yet to prepare a statement, costs one person more. */
const least = (numbers: readonly number[]) => Math.min(...numbers);

interface Taps {
  readonly database: WireTap;
  readonly redis: WireTap | undefined;
  readonly http: WireTap;
}

async function costSince({ database, redis, http }: Taps): Promise<Cost> {
  const [{ answered }, toRedis, toDatabase] = [await http.take(), await redis?.take(), await database.take()];
  const commands: readonly Message[] = toRedis?.messages ?? [];
  const own = withoutPolls(toDatabase.messages);
  const ran = own.filter((message) => message.runs);
  const frames = ran.filter(({ text }) => FRAME.test(text)).length;
  return {
    statements: ran.length - frames,
    frames,
    trips: sum(own.map(({ trips }) => trips)),
    redis: commands.length,
    asked: sum([...own, ...commands].map(({ bytes }) => bytes)),
    answer: answered,
  };
}

/** The way through the provider, as far as the callback that a browser is about to make. */
async function callbackOf(browser: BrowserClient, path: string, openId: OpenIdProvider, who: ReturnType<typeof person>) {
  const location = (await browser.open(path)).headers.get('location');
  if (location === null) throw new Error(`${path} leads nowhere`);
  const back = await openId.approve(location, who);
  const { pathname } = new URL(new URL(location).searchParams.get('redirect_uri') ?? '');
  const headers = { 'sec-fetch-site': 'cross-site' };
  return () => browser.call('GET', `${pathname}?${new URLSearchParams({ ...back })}`, undefined, { headers });
}

/**
 * Several people make every call, one at a time, at a server that is watched from all sides; what a call costs the one whom it costs least.
 * @param urls of a fresh database and of a Redis; without Redis flows and sessions are in the database
 */
export async function measureCosts(urls: { readonly database: string; readonly redis?: string }): Promise<Costs> {
  const database = urls.database.startsWith('sqlite:') ? tapSqlite(urls.database) : await tapWire(urls.database);
  const redis = urls.redis === undefined ? undefined : await tapWire(urls.redis);
  const port = await freePort();
  const http = await tapWire(`http://127.0.0.1:${port}`);
  const [oidc, acme] = await Promise.all([startOpenIdProvider({ alg: 'ES256' }), startOpenIdProvider({ alg: 'ES256' })]);
  const clientOf = ({ issuer, clientId, clientSecret }: OpenIdProvider) => ({ type: 'oidc', issuer, clientId, clientSecret });
  const server = await startServer({
    databaseUrl: database.url,
    ...(redis === undefined ? {} : { redisUrl: redis.url }),
    port,
    config: {
      providers: { one: clientOf(oidc), acme: clientOf(acme) },
      rateLimits: { unlink: FREE, refresh: FREE, prepare: FREE, finish: FREE },
      verifyEmail: false,
    },
    env: { BASE_URL: new URL(http.url).origin, LOG_LEVEL: 'warn' },
  });
  const base = new URL(http.url).origin;
  const taps = { database, redis, http };
  const samples = new Map<Call, Cost[]>(CALLS.map((call) => [call, []]));

  async function cost(call: Call, status: number, work: () => Promise<{ readonly status: number; readonly text: string }>) {
    await costSince(taps);
    const answer = await work();
    if (answer.status !== status) throw new Error(`${call}: ${answer.status} ${answer.text.slice(0, 300)}`);
    samples.get(call)?.push(await costSince(taps));
  }

  try {
    for (let n = 0; n < PEOPLE; n += 1) {
      const [who, other] = [person(), person()];
      const [first, browser] = [new BrowserClient(base), new BrowserClient(base)];
      await cost('prepare', 302, () => first.open('/auth/one'));
      await cost('callback, new person', 302, await callbackOf(first, '/auth/one', oidc, who));
      await cost('callback, known person', 302, await callbackOf(browser, '/auth/one', oidc, who));
      await cost('callback that links', 302, await callbackOf(browser, '/auth/acme/link', acme, other));
      await cost('session check, cookie', 200, () => browser.me());
      await cost('list', 200, () => browser.open('/api/v3/get-identities'));
      await cost('unlink', 200, () => browser.call('DELETE', '/session/openid/acme'));
      await cost('unlink, refused', 200, () => browser.call('DELETE', '/session/openid/one'));
      const api = new ApiClient(base);
      const back = await oidc.approve(String((await api.call('PUT', '/session/openid', { provider: 'one' })).json?.data), who);
      const finish = { code: back.code, session_id: back.state, provider_id: 'one' };
      api.keep(await api.call('POST', '/session/openid', finish));
      await cost('session check, Bearer', 200, () => api.call('GET', '/auth/me'));
      await cost('refresh', 200, () => api.refresh());
      await cost('sign out', 204, () => browser.call('POST', '/auth/logout', undefined, { headers: { accept: 'application/json' } }));
    }
  } finally {
    await server.stop();
    await Promise.all([oidc.close(), acme.close()]);
    await Promise.all([database, redis, http].map((tap) => tap?.close()));
  }
  const typical = (costs: readonly Cost[]): Cost => {
    const of = (field: keyof Cost) => least(costs.slice(WARM).map((each) => each[field]));
    return {
      statements: of('statements'),
      frames: of('frames'),
      trips: of('trips'),
      redis: of('redis'),
      asked: of('asked'),
      answer: of('answer'),
    };
  };
  return new Map([...samples].map(([call, costs]) => [call, typical(costs)]));
}

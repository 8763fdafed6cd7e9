// What somebody can show at the doors of an app, and whether any of it signs that very person in.

import { ApiClient, BrowserClient } from './client.js';
import type { HttpAnswer } from './http-request.js';
import { newTag } from './new-tag.js';
import type { Person } from './person.js';

/** Whatever a browser is sent to, as far as signing in needs it. */
export interface Approver {
  approve(authorizationUrl: string, who: Person): Promise<{ readonly code: string; readonly state: string }>;
  /** Where it has such: what a program of the provider's gives a native app. */
  idToken?(claims: Readonly<Record<string, unknown>>): Promise<string>;
}

/** A way in as the person knows it. */
export type WayIn =
  | { readonly kind: 'provider'; readonly provider: string; readonly at: Approver; readonly who: Person }
  | { readonly kind: 'password'; readonly email: string; readonly password: string };

/** Who came in, by public id, and with what. */
export interface Entered {
  readonly userId: string;
  readonly client: ApiClient | BrowserClient;
}

export interface Refused {
  readonly refused: string;
}

/** How a try ended: whom it signed in, or what was answered. */
export interface Try {
  readonly userId: string | undefined;
  readonly said: string;
}

/** `json` opens tokens, and so does BIO.RE's way for native apps; the form and the callback open a cookie session. */
export type Door = 'json' | 'browser' | 'BIO.RE';

/** A token is believed once, so that each says something else. */
export const idTokenOf = (at: Approver, { sub, email, email_verified, hd }: Person): Promise<string | undefined> =>
  Promise.resolve(at.idToken?.({ sub, email, email_verified, hd, jti: newTag() }));

/** Whoever came in by BIO.RE's dialect: its refresh token stands in a cookie, and is one of every dialect. */
async function nativeClient(base: string, way: WayIn): Promise<ApiClient | Refused> {
  const idToken = way.kind === 'provider' ? await idTokenOf(way.at, way.who) : undefined;
  if (way.kind === 'provider' && (idToken === undefined || way.provider !== 'google')) return byTokens(base, way);
  const answer = await (way.kind === 'password'
    ? new ApiClient(base).call('POST', '/api/v1/auth/login', { email: way.email, password: way.password })
    : new ApiClient(base).call('POST', '/api/v1/auth/oauth/login', { provider: way.provider, idToken }));
  const token: unknown = answer.json?.data?.accessToken;
  if (typeof token !== 'string') return { refused: `${answer.status} ${answer.text}` };
  const client = new ApiClient(base, token);
  client.refreshToken = /biore_refresh=([^;]+)/.exec(answer.headers.getSetCookie().join('\n'))?.[1];
  client.user = (await client.call('GET', '/auth/me')).json?.user;
  return client;
}

async function byTokens(base: string, way: WayIn): Promise<ApiClient | Refused> {
  const client = new ApiClient(base);
  if (way.kind === 'password') {
    const answer = await client.call('POST', '/session/token', { email: way.email, password: way.password });
    return client.keep(answer) ?? { refused: answer.text };
  }
  const prepared = await client.prepare(way.provider);
  if (typeof prepared.json?.data !== 'string') return { refused: prepared.text };
  const answer = await client.finish(way.provider, await way.at.approve(prepared.json.data, way.who));
  return client.keep(answer) ?? { refused: answer.text };
}

async function byCookie(base: string, way: WayIn): Promise<BrowserClient | Refused> {
  const browser = new BrowserClient(base);
  if (way.kind === 'password') {
    const answer = await browser.submit('/auth/password', { email: way.email, password: way.password, returnTo: '/there' });
    return answer.status === 303 ? browser : { refused: `${answer.status} ${titleOf(answer.text)}` };
  }
  const answer = await tripOf(browser, `/auth/${way.provider}?returnTo=/there`, way.at, way.who);
  return answer.headers.get('location') === '/there' ? browser : { refused: `${answer.status} ${titleOf(answer.text)}` };
}

/** Through the provider and back to the callback, whose answer it is; where the trip does not begin, that answer. */
export async function tripOf(browser: BrowserClient, path: string, at: Approver, who: Person): Promise<HttpAnswer> {
  const out = await browser.open(path);
  const url = out.headers.get('location');
  const redirectUri = url === null ? null : new URL(url, browser.base).searchParams.get('redirect_uri');
  if (url === null || redirectUri === null) return out;
  const back = new URLSearchParams({ ...(await at.approve(url, who)) });
  const headers = { 'sec-fetch-site': 'cross-site' };
  return await browser.call('GET', `${new URL(redirectUri).pathname}?${back}`, undefined, { headers });
}

const titleOf = (html: string) => (/<h1[^>]*>([^<]*)/.exec(html)?.[1] ?? html).slice(0, 200);

/** Really signs in, over HTTP, and asks who that is. */
export async function enter(base: string, way: WayIn, door: Door = 'json'): Promise<Entered | Refused> {
  const by = { json: byTokens, browser: byCookie, 'BIO.RE': nativeClient } as const;
  const client = await by[door](base, way);
  if ('refused' in client) return client;
  if (client instanceof ApiClient) return { userId: String(client.user?.id), client };
  const me = await client.me();
  const userId: unknown = me.json?.user?.id;
  return typeof userId === 'string' ? { userId, client } : { refused: `signed in as nobody: ${me.text}` };
}

export async function tryWayIn(base: string, way: WayIn, door: Door = 'json'): Promise<Try> {
  const entered = await enter(base, way, door);
  return 'refused' in entered ? { userId: undefined, said: entered.refused } : { userId: entered.userId, said: 'signed in' };
}

export function tellWay(way: WayIn): string {
  return way.kind === 'password' ? `the password at ${JSON.stringify(way.email)}` : `${way.provider} as ${way.who.sub}`;
}

// What somebody can show at the doors of an app, and whether any of it signs that very person in.

import { ApiClient, BrowserClient } from './client.js';
import type { Person } from './person.js';

/** Whatever a browser is sent to, as far as signing in needs it. */
export interface Approver {
  approve(authorizationUrl: string, who: Person): Promise<{ readonly code: string; readonly state: string }>;
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

/** `door`: JSON opens tokens, the form and the callback open a cookie session. */
export type Door = 'json' | 'browser';

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
  const out = await browser.open(`/auth/${way.provider}?returnTo=/there`);
  const url = out.headers.get('location');
  if (url === null) return { refused: `${out.status} ${titleOf(out.text)}` };
  const redirectUri = new URL(url).searchParams.get('redirect_uri');
  const back = new URLSearchParams({ ...(await way.at.approve(url, way.who)) });
  const answer = await browser.call('GET', `${new URL(redirectUri ?? base).pathname}?${back}`, undefined, {
    headers: { 'sec-fetch-site': 'cross-site' },
  });
  return answer.headers.get('location') === '/there' ? browser : { refused: `${answer.status} ${titleOf(answer.text)}` };
}

const titleOf = (html: string) => (/<h1[^>]*>([^<]*)/.exec(html)?.[1] ?? html).slice(0, 200);

/** Really signs in, over HTTP, and asks who that is. */
export async function enter(base: string, way: WayIn, door: Door = 'json'): Promise<Entered | Refused> {
  const client = door === 'json' ? await byTokens(base, way) : await byCookie(base, way);
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

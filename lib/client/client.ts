// Calls an app's JSON endpoints with `fetch`; the types come from the OpenAPI document.

import { type Answer, CallError, dataOf } from './answer.js';
import type { Calls } from './calls.js';
import { createTokenSession, type TokenStore } from './tokens.js';

/** The part of `fetch` that is used. */
export type Fetch = (url: string, init: FetchInit) => Promise<Answer>;

export interface FetchInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly credentials: 'omit' | 'same-origin' | 'include';
}

/** The four families of paths. */
export type PathFamily = 'cloudreve' | 'biore' | 'genauth' | 'browser';

export interface ClientOptions {
  /** The app's origin, followed by `paths.mount` if the app has one. In a browser `''` is the page's own origin. */
  readonly baseUrl: string;
  /** Signs calls with the pair of tokens in this store. Sign-ins put it there, and the client renews it when it expires. Default: a browser's cookies sign. */
  readonly tokens?: TokenStore;
  /** Sent with every call. Default none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Cookies: `include` for an app on another origin, which must have this one in `allowedOrigins`. Default `same-origin`. */
  readonly credentials?: FetchInit['credentials'];
  /** Prefixes that the app has moved (`paths`), such as `{ biore: '/legacy' }`. Default: the usual ones. */
  readonly prefixes?: Readonly<Partial<Record<PathFamily, string>>>;
  /** Replaces `fetch`. Default: the one of the browser or of Node. */
  readonly fetch?: Fetch;
}

export type Route = keyof Calls;

/** The input of a call: `path`, `query` and `body`, as far as it has them. */
export type InputOf<R extends Route> = Omit<Calls[R], 'data'>;

/** The data that a call resolves to. */
export type DataOf<R extends Route> = Calls[R]['data'];

type Arguments<R extends Route> = Record<never, never> extends InputOf<R> ? [input?: InputOf<R>] : [input: InputOf<R>];

export interface Client {
  /**
   * Makes a call, named by its method and path: `client.call('DELETE /session/openid/{provider_id}', { path: { provider_id: 'google' } })`.
   * @throws CallError, or what `fetch` throws
   */
  call<R extends Route>(route: R, ...input: Arguments<R>): Promise<DataOf<R>>;
  /** The URL where a browser signs in with a provider; it comes back to `returnTo`, a path on the app's origin. */
  signInUrl(provider: string, returnTo?: string): string;
  /** The same, to link a provider. */
  linkUrl(provider: string, returnTo?: string): string;
}

interface AnyInput {
  readonly path?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

const DEFAULT_PREFIXES: Readonly<Record<PathFamily, string>> = { cloudreve: '', biore: '/api/v1', genauth: '/api/v3', browser: '' };

function familyOf(path: string): PathFamily {
  if (path.startsWith('/api/v1/')) return 'biore';
  if (path.startsWith('/api/v3/')) return 'genauth';
  return /^\/(?:auth|account)\//.test(path) ? 'browser' : 'cloudreve';
}

const REFRESH = 'POST /session/token/refresh';

/** The access token was refused, in any dialect. */
const isRefusedToken = (error: unknown) =>
  error instanceof CallError && (error.code === 401 || error.code === 'auth.token.invalid' || error.code === 'unauthenticated');

export function createClient(options: ClientOptions): Client {
  const { tokens, headers = {}, credentials = 'same-origin', prefixes = {} } = options;
  const baseUrl = options.baseUrl.replace(/\/$/, '');
  const send: Fetch = options.fetch ?? ((url, init) => fetch(url, init));

  function urlOf(template: string, { path = {}, query = {} }: AnyInput): string {
    const family = familyOf(template);
    const local = template
      .slice(DEFAULT_PREFIXES[family].length)
      .replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(path[name])));
    const given = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value !== undefined) given.append(name, String(value));
    const search = given.size === 0 ? '' : `?${given}`;
    return `${baseUrl}${prefixes[family] ?? DEFAULT_PREFIXES[family]}${local}${search}`;
  }

  async function ask(route: string, input: AnyInput, token: string | undefined): Promise<unknown> {
    const [method = '', template = ''] = route.split(' ');
    const answer = await send(urlOf(template, input), {
      method,
      headers: {
        accept: 'application/json',
        ...headers,
        ...(input.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
      credentials,
    });
    return await dataOf(answer);
  }

  const session =
    tokens &&
    createTokenSession(
      tokens,
      async (refresh_token) => (await ask(REFRESH, { body: { refresh_token } }, undefined)) as DataOf<typeof REFRESH>,
    );

  async function signed(route: string, input: AnyInput): Promise<unknown> {
    const token = await session?.accessToken();
    try {
      return await ask(route, input, token);
    } catch (error) {
      const other = token !== undefined && isRefusedToken(error) ? await session?.renewed(token) : undefined;
      if (other === undefined) throw error;
      return await ask(route, input, other);
    }
  }

  return {
    async call(route, ...[input]) {
      const data = await signed(route, (input ?? {}) as AnyInput);
      await session?.note(route, data);
      return data as DataOf<typeof route>;
    },
    signInUrl: (provider, returnTo = '/') => urlOf('/auth/{provider}', { path: { provider }, query: { returnTo } }),
    linkUrl: (provider, returnTo = '/') => urlOf('/auth/{provider}/link', { path: { provider }, query: { returnTo } }),
  };
}

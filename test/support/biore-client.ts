// A client of BIO.RE's API: a native app that keeps its cookies and says nothing of where it comes from.

import { type HttpAnswer, request } from './http-request.js';

export class BioreClient {
  readonly base: string;
  /** Sent with every call while there is one. */
  token: string | undefined;
  /** The value of `biore_refresh`, while there is one. */
  refreshToken: string | undefined;
  /** The `Set-Cookie` lines of the last answer. */
  setCookies: readonly string[] = [];
  headers: Readonly<Record<string, string>> = {};

  constructor(base: string) {
    this.base = base;
  }

  async call(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<HttpAnswer> {
    const answer = await request(`${this.base}/api/v1/auth/${path}`, {
      method,
      body,
      headers: {
        ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
        ...(this.refreshToken === undefined ? {} : { cookie: `biore_refresh=${this.refreshToken}` }),
        ...this.headers,
        ...headers,
      },
    });
    this.setCookies = answer.headers.getSetCookie();
    const line = this.setCookies.find((each) => each.startsWith('biore_refresh='));
    if (line !== undefined) this.refreshToken = /^biore_refresh=([^;]+)/.exec(line)?.[1];
    const token: unknown = answer.json?.data?.accessToken;
    if (typeof token === 'string') this.token = token;
    return answer;
  }

  login(email: string, password: string): Promise<HttpAnswer> {
    return this.call('POST', 'login', { email, password });
  }

  refresh(): Promise<HttpAnswer> {
    return this.call('POST', 'refresh');
  }

  me(): Promise<HttpAnswer> {
    return this.call('GET', 'me');
  }

  /** Another program with what this one has. */
  copy(): BioreClient {
    const other = new BioreClient(this.base);
    Object.assign(other, { token: this.token, refreshToken: this.refreshToken });
    return other;
  }
}

/** Status and i18n key of a failure; the status alone of a success. */
export function verdict({ status, json }: HttpAnswer): string {
  const key: unknown = json?.error?.i18nKey;
  return key === undefined ? String(status) : `${status} ${key}`;
}

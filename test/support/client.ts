// A client of the three APIs that is no browser: it signs its calls with a Bearer token and keeps no cookies.

import { type HttpAnswer, type Json, request } from './http-request.js';
import type { OpenIdProvider, Redirect } from './openid-provider.js';
import type { Person } from './person.js';

export { BrowserClient } from './browser-client.js';

const CLOUDREVE_NUMBERS = new Map<string, number>([
  ['logto', 0],
  ['qq', 1],
  ['oidc', 2],
]);

/** What names a provider in the Cloudreve API: its number if it has one, else its id. */
export function providerNumber(provider: string): number | string {
  return CLOUDREVE_NUMBERS.get(provider) ?? provider;
}

/** Throws unless the Cloudreve envelope tells of success. */
function mustSucceed(answer: HttpAnswer, what: string): HttpAnswer {
  const code: unknown = answer.json?.code;
  if (code !== 0) throw new Error(`${what}: ${answer.status} ${answer.text.slice(0, 300)}`);
  return answer;
}

const asText = (value: Json | undefined) => (typeof value === 'string' ? value : undefined);

export class ApiClient {
  readonly base: string;
  /** The access token, sent with every call while there is one. */
  token: string | undefined;
  refreshToken: string | undefined;
  /** `data.user` of the last sign-in. */
  user: Json | undefined;

  /** Sent with every call. */
  headers: Readonly<Record<string, string>> = {};

  constructor(base: string, token?: string) {
    this.base = base;
    this.token = token;
  }

  call(method: string, path: string, body?: unknown, { headers = {} }: { headers?: Record<string, string> } = {}): Promise<HttpAnswer> {
    const authorization = this.token === undefined ? {} : { authorization: `Bearer ${this.token}` };
    return request(this.base + path, { method, body, headers: { ...authorization, ...this.headers, ...headers } });
  }

  /** `extra`: `linking`, `hint`, `binding`. */
  prepare(provider: string, extra: object = {}): Promise<HttpAnswer> {
    return this.call('PUT', '/session/openid', { provider: providerNumber(provider), ...extra });
  }

  /** Sends the documented fields of `back` only; `extra` adds others, such as `iss` or `binding_secret`. */
  finish(provider: string, back: Pick<Redirect, 'code' | 'state'>, extra: object = {}): Promise<HttpAnswer> {
    const documented = { code: back.code, session_id: back.state, provider_id: providerNumber(provider) };
    return this.call('POST', '/session/openid', { ...documented, ...extra });
  }

  /** Prepares a flow and has it approved; what comes back is ready for `finish`. */
  async visit(provider: string, openId: OpenIdProvider, who: Person, extra: object = {}): Promise<Redirect> {
    const prepared = mustSucceed(await this.prepare(provider, extra), `prepare ${provider}`);
    return openId.approve(String(prepared.json?.data), who);
  }

  /** Signs in as `who` and keeps the tokens. */
  async signIn(provider: string, openId: OpenIdProvider, who: Person): Promise<this> {
    const back = await this.visit(provider, openId, who);
    return this.#keep(mustSucceed(await this.finish(provider, back), `sign in by ${provider}`));
  }

  /** Links `who` to the signed-in user. */
  async link(provider: string, openId: OpenIdProvider, who: Person): Promise<this> {
    const back = await this.visit(provider, openId, who, { linking: true });
    mustSucceed(await this.finish(provider, back), `link ${provider}`);
    return this;
  }

  /** Keeps what a successful sign-in gave; `undefined` for any other answer. */
  keep(answer: HttpAnswer): this | undefined {
    const code: unknown = answer.json?.code;
    return code === 0 ? this.#keep(answer) : undefined;
  }

  async signInWithPassword(email: string, password: string): Promise<this> {
    return this.#keep(mustSucceed(await this.call('POST', '/session/token', { email, password }), 'sign in by password'));
  }

  signUp(email: string, password: string): Promise<HttpAnswer> {
    return this.call('POST', '/user', { email, password });
  }

  refresh(refreshToken = this.refreshToken): Promise<HttpAnswer> {
    return this.call('POST', '/session/token/refresh', { refresh_token: refreshToken });
  }

  setting(): Promise<HttpAnswer> {
    return this.call('GET', '/user/setting');
  }

  /** Numbers or ids of the linked providers. */
  async linked(): Promise<readonly unknown[]> {
    const { open_id, links } = mustSucceed(await this.setting(), 'setting').json?.data ?? {};
    return [open_id, links].flat().map((link) => (link as { readonly provider?: unknown } | undefined)?.provider);
  }

  unlink(provider: string): Promise<HttpAnswer> {
    return this.call('DELETE', `/session/openid/${providerNumber(provider)}`);
  }

  bioreUnlink(provider: string): Promise<HttpAnswer> {
    return this.call('DELETE', `/api/v1/auth/oauth/unlink/${provider}`);
  }

  genauthUnlink(extIdpId: string): Promise<HttpAnswer> {
    return this.call('POST', '/api/v3/unlink-extidp', { extIdpId });
  }

  identities(): Promise<HttpAnswer> {
    return this.call('GET', '/api/v3/get-identities');
  }

  setPassword(newPassword: string, currentPassword?: string): Promise<HttpAnswer> {
    return this.#changePassword(newPassword, currentPassword);
  }

  removePassword(currentPassword?: string): Promise<HttpAnswer> {
    return this.#changePassword(null, currentPassword);
  }

  #changePassword(newPassword: string | null, current: string | undefined): Promise<HttpAnswer> {
    const proof = current === undefined ? {} : { current_password: current };
    return this.call('PATCH', '/user/setting', { new_password: newPassword, ...proof });
  }

  #keep(answer: HttpAnswer): this {
    const { user, token } = answer.json?.data ?? {};
    this.user = user;
    this.token = asText(token?.access_token);
    this.refreshToken = asText(token?.refresh_token);
    return this;
  }
}

// Every call that takes a way in away, in all dialects, on the page and from the host's code.

import { createHash } from 'node:crypto';
import { providerNumber } from './client.js';
import type { HttpAnswer } from './http-request.js';

/** A client with a token, or a browser with a cookie. */
export interface Caller {
  call(method: string, path: string, body?: unknown): Promise<HttpAnswer>;
}

/** What came of it: gone, refused because nothing else would be left, or refused for whatever else. */
export interface Removed {
  readonly outcome: 'gone' | 'last way in' | 'refused';
  readonly said: string;
}

export type UnlinkDialect = 'Cloudreve' | 'Cloudreve v4' | 'BIO.RE' | 'GenAuth' | 'page' | 'host code';

/** BIO.RE knows three providers, and the last one needs a route of the host's. */
export const UNLINK_DIALECTS: readonly UnlinkDialect[] = ['Cloudreve', 'Cloudreve v4', 'BIO.RE', 'GenAuth', 'page', 'host code'];

const BIORE = new Set(['google', 'apple', 'x']);
const LAST = new Set<unknown>([40084, 422, 'auth.oauth.only_auth_method', 'only_sign_in_method']);

const extIdpId = (provider: string) => createHash('sha256').update(provider).digest('hex').slice(0, 24);

/** The dialect that can name the provider: the one given, or Cloudreve's. */
export function dialectFor(provider: string, wished: UnlinkDialect): UnlinkDialect {
  return wished === 'BIO.RE' && !BIORE.has(provider) ? 'Cloudreve' : wished;
}

function judged({ status, text, json }: HttpAnswer): Removed {
  const { code, statusCode, success, error } = json ?? {};
  const said = `${status} ${text.slice(0, 300)}`;
  const gone = status === 303 || [code, statusCode].some((one: unknown) => one === 0 || one === 200) || (success as unknown) === true;
  if (gone) return { outcome: 'gone', said };
  const names: readonly unknown[] = [code, statusCode, error?.i18nKey, error?.code];
  const onPage = /role="alert">This is your only way to sign in/.test(text);
  return { outcome: onPage || names.some((name) => LAST.has(name)) ? 'last way in' : 'refused', said };
}

/** As the person that `by` signs in. `host code` posts to `/host/unlink`, which calls `keys.links.unlink`. */
export async function unlinkIn(dialect: UnlinkDialect, by: Caller, provider: string): Promise<Removed> {
  switch (dialect) {
    case 'Cloudreve':
      return judged(await by.call('DELETE', `/session/openid/${providerNumber(provider)}`));
    case 'Cloudreve v4':
      return judged(await by.call('DELETE', `/api/v4/session/openid/${providerNumber(provider)}`));
    case 'BIO.RE':
      return judged(await by.call('DELETE', `/api/v1/auth/oauth/unlink/${provider}`));
    case 'GenAuth':
      return judged(await by.call('POST', '/api/v3/unlink-extidp', { extIdpId: extIdpId(provider) }));
    case 'page':
      return judged(await by.call('POST', `/account/connections/${provider}/unlink`, new URLSearchParams()));
    case 'host code':
      return judged(await by.call('POST', '/host/unlink', { provider }));
  }
}

export type PasswordRemoval = 'Cloudreve' | 'page';

export async function removePasswordIn(dialect: PasswordRemoval, by: Caller, current: string): Promise<Removed> {
  if (dialect === 'page')
    return judged(await by.call('POST', '/account/connections/password/remove', new URLSearchParams({ current_password: current })));
  return judged(await by.call('PATCH', '/user/setting', { new_password: null, current_password: current }));
}

/** A call of the host's under `keys.links.guard`. */
export async function changeByHost(by: Caller, path: string, body: object): Promise<Removed> {
  return judged(await by.call('POST', path, body));
}

// How each system is asked for the same things.

import type { SystemName } from './options.js';
import { type Answer, must, type Visitor } from './visitor.js';

export type Which = 'one' | 'two';

export interface Manners {
  /** Answers 2xx when the server is ready. */
  readonly ready: string;
  begin(visitor: Visitor, provider: Which, isLink?: boolean): Promise<void>;
  check(visitor: Visitor): Promise<void>;
  list(visitor: Visitor): Promise<void>;
  unlink(visitor: Visitor, provider: Which): Promise<void>;
  /** The same, of the only one that is left. */
  unlinkRefused(visitor: Visitor, provider: Which): Promise<void>;
}

/** The same for all: the provider sends the browser there. */
export async function callback(visitor: Visitor): Promise<void> {
  const answer = await visitor.ask(visitor.back, { headers: { 'sec-fetch-site': 'cross-site' } });
  must([302, 303].includes(answer.status) && !/error/.test(answer.location ?? ''), 'callback', answer);
}

const SCRIPT = { headers: { accept: 'application/json', 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' } };

const parsed = ({ text }: Answer) => JSON.parse(text);

const latchkey: Manners = {
  ready: '/readyz',
  async begin(visitor, provider, isLink = false) {
    const own = isLink ? { headers: { 'sec-fetch-site': 'same-origin' } } : {};
    const answer = await visitor.ask(`/auth/${provider}${isLink ? '/link' : ''}?returnTo=/`, own);
    must(answer.status === 302 && (answer.location ?? '').includes('/authorize'), 'begin', answer);
    visitor.out = answer.location ?? '';
  },
  async check(visitor) {
    const answer = await visitor.ask('/auth/me', SCRIPT);
    must(answer.status === 200, 'check', answer);
  },
  async list(visitor) {
    const answer = await visitor.ask('/api/v3/get-identities', SCRIPT);
    must(parsed(answer).data?.length > 0, 'list', answer);
  },
  async unlink(visitor, provider) {
    const answer = await visitor.ask(`/session/openid/${provider}`, { method: 'DELETE' });
    must(parsed(answer).code === 0, 'unlink', answer);
  },
  async unlinkRefused(visitor, provider) {
    const answer = await visitor.ask(`/session/openid/${provider}`, { method: 'DELETE' });
    must(parsed(answer).code === 40084, 'unlink, refused', answer);
  },
};

const unlinkOf = (visitor: Visitor, provider: Which) =>
  visitor.ask('/api/auth/unlink-account', { method: 'POST', json: { accountId: visitor.linkIds[provider] } });

/** It unlinks by an id that its list tells. */
async function readAccounts(visitor: Visitor): Promise<readonly { readonly id: string; readonly providerId: string }[]> {
  const answer = await visitor.ask('/api/auth/list-accounts');
  const accounts = parsed(answer);
  must(accounts.length > 0, 'list', answer);
  return accounts;
}

const betterAuth: Manners = {
  ready: '/',
  async begin(visitor, provider, isLink = false) {
    const path = isLink ? 'link-social' : 'sign-in/social';
    const answer = await visitor.ask(`/api/auth/${path}`, { method: 'POST', json: { provider, callbackURL: '/' } });
    visitor.out = parsed(answer).url;
    must(visitor.out !== undefined, 'begin', answer);
  },
  async check(visitor) {
    const answer = await visitor.ask('/api/auth/get-session');
    must(parsed(answer)?.user !== undefined, 'check', answer);
  },
  async list(visitor) {
    const accounts = await readAccounts(visitor);
    visitor.linkIds = Object.fromEntries(accounts.map(({ providerId, id }) => [providerId, id]));
  },
  async unlink(visitor, provider) {
    const answer = await unlinkOf(visitor, provider);
    must(answer.status === 200, 'unlink', answer);
  },
  async unlinkRefused(visitor, provider) {
    const answer = await unlinkOf(visitor, provider);
    must(answer.status === 400, 'unlink, refused', answer);
  },
};

const floor: Manners = {
  ready: '/',
  async begin(visitor, provider, isLink = false) {
    const answer = await visitor.ask(`/auth/${provider}${isLink ? '/link' : ''}`);
    must(answer.status === 302, 'begin', answer);
    visitor.out = answer.location ?? '';
  },
  async check(visitor) {
    const answer = await visitor.ask('/me');
    must(parsed(answer).user > 0, 'check', answer);
  },
  async list(visitor) {
    const answer = await visitor.ask('/links');
    must(parsed(answer).length > 0, 'list', answer);
  },
  async unlink(visitor, provider) {
    const answer = await visitor.ask(`/links/${provider}`, { method: 'DELETE' });
    must(answer.status === 200, 'unlink', answer);
  },
  async unlinkRefused(visitor, provider) {
    const answer = await visitor.ask(`/links/${provider}`, { method: 'DELETE' });
    must(answer.status === 400, 'unlink, refused', answer);
  },
};

export const MANNERS: Readonly<Record<SystemName, Manners>> = { latchkey, 'better-auth': betterAuth, floor };

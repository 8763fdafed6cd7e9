// What the proofs about ways in play on: providers that can be moved and narrowed, and the settings of a process that knows them.

import { type OpenIdProvider, startOpenIdProvider } from './openid-provider.js';
import type { Person } from './person.js';
import { type QqEmulator, startQqEmulator, unionIdOf } from './qq-emulator.js';
import type { Settings } from './restartable-host.js';
import type { Approver } from './ways-in.js';

export type ProviderId = 'oidc' | 'google' | 'qq';
export const PROVIDER_IDS: readonly ProviderId[] = ['oidc', 'google', 'qq'];

/** Everything an operator turns; the first of each is where it begins. */
export const TURNS = {
  oidc: ['at A', 'at B', 'off', 'gone'],
  google: ['for all', 'for example.com', 'for other.test', 'off', 'gone'],
  qq: ['by open id', 'by union id', 'off', 'gone'],
  password: ['on', 'off'],
} as const;

export type Setup = { readonly [Turn in keyof typeof TURNS]: (typeof TURNS)[Turn][number] };

export const BEGINNING: Setup = { oidc: 'at A', google: 'for all', qq: 'by open id', password: 'on' };

export interface WayInWorld {
  /** As whom a provider of this set-up knows the person, and where; undefined while it is not in service. */
  door(setup: Setup, provider: ProviderId): Approver | undefined;
  settings(setup: Setup): Settings;
  close(): Promise<void>;
}

/**
 * What makes the person's identity at a provider: who moves the issuer or goes over to union ids has other people, whatever
 * their subjects are.
 */
export function identityIn(setup: Setup, provider: ProviderId, who: Person): string {
  if (provider === 'oidc') return `oidc ${setup.oidc}: ${who.sub}`;
  if (provider === 'google') return `google: ${who.sub}`;
  return setup.qq === 'by union id' ? `qq union: ${unionIdOf(who)}` : `qq open: ${who.sub}`;
}

/** Whether the provider, as it is set up, lets a person with these claims pass at all. */
export function isServed(setup: Setup, provider: ProviderId, who: Person): boolean {
  const turn = setup[provider];
  if (turn === 'off' || turn === 'gone') return false;
  if (turn === 'for example.com') return who.hd === 'example.com';
  return turn !== 'for other.test' || who.hd === 'other.test';
}

export async function openWayInWorld(): Promise<WayInWorld> {
  // Keys of this kind are made, and used, in no time.
  const alg = 'ES256';
  const [a, b, google, qq] = await Promise.all([
    startOpenIdProvider({ alg }),
    startOpenIdProvider({ alg }),
    startOpenIdProvider({ alg }),
    startQqEmulator(),
  ]);
  // What they tell stands in the ID token: that is one call less for each of thousands of sign-ins.
  for (const { bend } of [a, b, google]) bend.discovery = ({ userinfo_endpoint: _none, ...honest }) => honest;
  const client = ({ clientId, clientSecret }: OpenIdProvider | QqEmulator) => ({ clientId, clientSecret });
  const at = ({ issuer, ...provider }: OpenIdProvider) => ({ issuer, ...client(provider as OpenIdProvider) });

  return {
    door(setup, provider) {
      const turn = setup[provider];
      if (turn === 'off' || turn === 'gone') return undefined;
      if (provider === 'oidc') return turn === 'at B' ? b : a;
      return provider === 'google' ? google : qq;
    },
    settings(setup) {
      const hd = setup.google === 'for example.com' ? 'example.com' : setup.google === 'for other.test' ? 'other.test' : undefined;
      const all = {
        oidc: { ...at(setup.oidc === 'at B' ? b : a), enabled: setup.oidc !== 'off' },
        google: { ...at(google), enabled: setup.google !== 'off', ...(hd === undefined ? {} : { hd }) },
        qq: { ...client(qq), endpoints: qq.endpoints, useUnionId: setup.qq === 'by union id', enabled: setup.qq !== 'off' },
      };
      const providers = Object.fromEntries(Object.entries(all).filter(([id]) => setup[id as ProviderId] !== 'gone'));
      return { passwordSignIn: setup.password === 'on', providers };
    },
    async close() {
      await Promise.all([a, b, google, qq].map((one) => one.close()));
    },
  };
}

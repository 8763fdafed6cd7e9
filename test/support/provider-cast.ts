// Every provider there can be, all at once on loopback, and by which names the three APIs know each.

import { startAppleEmulator } from './apple-emulator.js';
import { gitHubPerson, startGitHubEmulator } from './github-emulator.js';
import { startOpenIdProvider } from './openid-provider.js';
import type { Person } from './person.js';
import { startQqEmulator } from './qq-emulator.js';
import { startXEmulator } from './x-emulator.js';

export const CAST = ['logto', 'qq', 'oidc', 'google', 'apple', 'x', 'gitlab', 'github', 'acme'] as const;

export type CastId = (typeof CAST)[number];

/** What the contract's table of numbers and names says; typed from there, not from the code under test. */
export const NAMES: Readonly<Record<CastId, { readonly number?: number; readonly biore?: string; readonly genauthType: string }>> = {
  logto: { number: 0, genauthType: 'oidc' },
  qq: { number: 1, genauthType: 'qq' },
  oidc: { number: 2, genauthType: 'oidc' },
  google: { biore: 'google', genauthType: 'google' },
  apple: { biore: 'apple', genauthType: 'apple' },
  x: { biore: 'x', genauthType: 'twitter' },
  gitlab: { genauthType: 'gitlab' },
  github: { genauthType: 'github' },
  acme: { genauthType: 'oidc' },
};

export interface CastMember {
  /** As `providers.ID` of the configuration takes them. */
  readonly options: object;
  /** Follows the authorization URL as this person. */
  approve(authorizationUrl: string, who: Person): Promise<{ readonly code: string; readonly state: string }>;
}

export interface Cast {
  readonly members: Readonly<Record<CastId, CastMember>>;
  /** `providers` of the configuration with some of them switched off; default none. */
  providers(off?: readonly CastId[]): Readonly<Record<CastId, object>>;
  close(): Promise<void>;
}

/** Somebody of whom every provider can tell: GitHub's ids are numbers. */
export const newcomer: () => Person & { readonly email: string } = gitHubPerson;

export async function startCast(): Promise<Cast> {
  // ES256 keys are made in no time; Apple's and Google's own algorithm is tried in their suites.
  const [logto, oidc, google, gitlab, acme, qq, x, github, apple] = await Promise.all([
    startOpenIdProvider({ pathPrefix: '/oidc', alg: 'ES384' }),
    startOpenIdProvider({ alg: 'ES256' }),
    startOpenIdProvider({ alg: 'ES256' }),
    startOpenIdProvider({ alg: 'ES256' }),
    startOpenIdProvider({ alg: 'ES256' }),
    startQqEmulator(),
    startXEmulator(),
    startGitHubEmulator(),
    startAppleEmulator(),
  ]);
  const clientOf = ({ clientId, clientSecret }: { readonly clientId: string; readonly clientSecret: string }) => ({
    clientId,
    clientSecret,
  });
  const members: Readonly<Record<CastId, CastMember>> = {
    logto: { options: { endpoint: logto.origin, ...clientOf(logto) }, approve: logto.approve },
    qq: { options: { endpoints: qq.endpoints, ...clientOf(qq) }, approve: qq.approve },
    oidc: { options: { issuer: oidc.issuer, ...clientOf(oidc) }, approve: oidc.approve },
    google: { options: { issuer: google.issuer, ...clientOf(google) }, approve: google.approve },
    apple: { options: apple.options, approve: apple.approve },
    x: { options: { endpoints: x.endpoints, ...clientOf(x) }, approve: x.approve },
    gitlab: { options: { issuer: gitlab.issuer, ...clientOf(gitlab) }, approve: gitlab.approve },
    github: { options: { baseUrl: github.baseUrl, ...clientOf(github) }, approve: github.approve },
    acme: { options: { type: 'oidc', issuer: acme.issuer, ...clientOf(acme) }, approve: acme.approve },
  };
  const optionsOf = (id: CastId, off: readonly CastId[]) => ({ ...members[id].options, enabled: !off.includes(id) });
  return {
    members,
    providers: (off = []) => ({
      logto: optionsOf('logto', off),
      qq: optionsOf('qq', off),
      oidc: optionsOf('oidc', off),
      google: optionsOf('google', off),
      apple: optionsOf('apple', off),
      x: optionsOf('x', off),
      gitlab: optionsOf('gitlab', off),
      github: optionsOf('github', off),
      acme: optionsOf('acme', off),
    }),
    async close() {
      await Promise.all([logto, oidc, google, gitlab, acme, qq, x, github, apple].map((one) => one.close()));
    },
  };
}

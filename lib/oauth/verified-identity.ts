// The identity in checked claims, if the provider's rules let it in, and when the person last proved there who they are (OpenID Connect
// Core 1.0, section 2, `auth_time`).

import { accepts } from '../accounts/acceptance.js';
import { LatchkeyError } from '../accounts/errors.js';
import type { AuthorizationAnswer } from '../accounts/provider-clients.js';
import type { VerifiedIdentity } from '../accounts/types.js';
import { openIdProvider } from '../providers/index.js';
import type { OpenIdConfig } from '../providers/provider-config.js';
import type { VerifiedClaims } from './code-redemption.js';
import { CLOCK_SKEW, type Claims } from './id-token-rules.js';
import { providerFailed } from './provider-failure.js';

export interface VerifiedIdentityOptions {
  readonly config: OpenIdConfig;
  readonly flow: FlowTime;
  readonly answer: AuthorizationAnswer;
}

/** @throws LatchkeyError `provider_failed`, `reauthentication_required` */
export function verifiedIdentity(
  { subject, claims, idToken, tokens }: Omit<VerifiedClaims, 'tokens' | 'answer'> & Partial<Pick<VerifiedClaims, 'tokens'>>,
  { config, flow, answer }: VerifiedIdentityOptions,
): VerifiedIdentity {
  const provider = openIdProvider(config);
  const origin = provider.origin(config, idToken);
  if (accepts(provider.acceptance(config), origin) !== true) throw providerFailed('hosted domain');
  const authenticatedAt = authenticationTime(idToken, flow, provider);
  return {
    ...{ provider: config.id, ...origin, subject, profile: provider.profile(claims, answer) },
    ...(tokens === undefined ? {} : { tokens }),
    ...(authenticatedAt === undefined ? {} : { authenticatedAt }),
  };
}

/** Seconds since 1970; undefined where the signed claims do not say, or say what cannot be. */
function authTime({ auth_time }: Claims, now: number): number | undefined {
  const isTime = typeof auth_time === 'number' && Number.isFinite(auth_time) && auth_time >= 0;
  return isTime && auth_time <= now + CLOCK_SKEW ? auth_time : undefined;
}

/** What of a flow it hangs on. */
export interface FlowTime {
  /** The person was to prove at the provider who they are. Default false. */
  readonly fresh?: boolean | undefined;
  /** When it began, in milliseconds since 1970. */
  readonly issued: number;
}

export interface AuthenticationTimeOptions {
  /** The provider's ID tokens say it where they are asked to; of one that never does, coming back is the proof. */
  readonly tellsAuthTime: boolean;
}

/**
 * When the person signed in there; undefined where nobody says, so that the flow itself is all there is to go by. A session at
 * the provider may be of any age, and its request in an address that the person can change: so a flow that is to prove who
 * somebody is believes the claim alone, and asks that it be no older than the flow.
 * @param claims of the ID token, checked
 * @throws LatchkeyError `reauthentication_required`
 */
function authenticationTime(
  claims: Claims,
  { fresh = false, issued }: FlowTime,
  { tellsAuthTime }: AuthenticationTimeOptions,
): Date | undefined {
  const [now, begun] = [Date.now() / 1000, issued / 1000];
  const told = authTime(claims, now);
  if (!fresh) return told === undefined ? undefined : new Date(Math.min(told, now) * 1000);
  if (told === undefined) {
    if (tellsAuthTime) throw new LatchkeyError('reauthentication_required', { detail: 'auth_time is missing or does not hold' });
    return undefined;
  }
  if (told < begun - CLOCK_SKEW) throw new LatchkeyError('reauthentication_required', { detail: 'auth_time is older than the flow' });
  // Before the flow began it can only have been by the provider's clock.
  return new Date(Math.min(Math.max(told, begun), now) * 1000);
}

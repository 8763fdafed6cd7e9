// A checked identity in Passport's normal form of a profile.

import type { VerifiedIdentity } from '../accounts/types.js';
import type { StrategyContext, StrategyProfile } from './strategy-types.js';

type Claims = Readonly<Record<string, unknown>>;

/** @param claims of an ID token and of userinfo, checked; `undefined` for OAuth 2.0 */
export function profileOf({ tokens, ...identity }: VerifiedIdentity, claims?: Claims): StrategyProfile {
  const { provider, subject: id, profile } = identity;
  const { name, email, emailVerified, picture } = profile;
  return {
    provider,
    id,
    identity,
    ...(tokens?.expiresAt === undefined ? {} : { expiresAt: tokens.expiresAt }),
    ...(name === undefined ? {} : { displayName: name }),
    ...(email === undefined ? {} : { emails: [{ value: email, verified: emailVerified }] }),
    ...(picture === undefined ? {} : { photos: [{ value: picture }] }),
    ...(claims === undefined ? {} : { _json: claims }),
  };
}

/** @param idToken its claims, checked */
export function contextOf({ auth_time, acr, amr }: Claims): StrategyContext {
  const timestamp = typeof auth_time === 'number' && Number.isFinite(auth_time) ? new Date(auth_time * 1000) : undefined;
  return {
    ...(timestamp === undefined ? {} : { timestamp }),
    ...(typeof acr === 'string' ? { class: acr } : {}),
    ...(Array.isArray(amr) ? { methods: amr.filter((method) => typeof method === 'string') } : {}),
  };
}

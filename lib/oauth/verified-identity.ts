// The identity that checked claims tell of, if the provider's acceptance lets it in.

import { accepts } from '../accounts/acceptance.js';
import type { AuthorizationAnswer } from '../accounts/provider-clients.js';
import type { VerifiedIdentity } from '../accounts/types.js';
import { openIdProvider } from '../providers/index.js';
import type { OpenIdConfig } from '../providers/provider-config.js';
import { authenticationTime, type FlowTime } from './authentication-time.js';
import { providerFailed } from './provider-failure.js';
import type { VerifiedClaims } from './verified-token-client.js';

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

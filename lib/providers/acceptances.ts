// Whom each configured provider lets in, by what its own file says.

import type { Acceptance } from '../accounts/acceptance.js';
import { OPENID_PROVIDERS } from './index.js';
import { oauthProvider } from './oauth-index.js';
import type { OpenIdConfig } from './provider.js';
import type { ProviderConfig } from './provider-config.js';

/** Of a strategy of the host's own: only the host knows whose subjects it gives. */
export const HOST_NAMESPACE = 'host';

export function isOpenId(config: ProviderConfig): config is OpenIdConfig {
  return Object.hasOwn(OPENID_PROVIDERS, config.type);
}

function acceptanceOf(config: ProviderConfig): Acceptance {
  if (config.type === 'host') return { namespaces: [HOST_NAMESPACE] };
  if (isOpenId(config)) return OPENID_PROVIDERS[config.type].acceptance(config);
  return { namespaces: [oauthProvider(config, { keepsTokens: false }).namespace] };
}

export type Acceptances = ReadonlyMap<string, Acceptance>;

/** By provider id; one that is switched off lets nobody in, and is among them only where it is asked for. */
export function acceptancesOf(
  { providers }: { readonly providers: ReadonlyMap<string, ProviderConfig> },
  { switchedOff = false } = {},
): Acceptances {
  const asked = [...providers].filter(([, { enabled }]) => enabled || switchedOff);
  return new Map(asked.map(([id, config]) => [id, acceptanceOf(config)]));
}

// Whom each configured provider lets in, by what its own file says.

import type { Acceptance } from '../accounts/acceptance.js';
import { HOST_NAMESPACE } from './host.js';
import { isHost, isOpenId, oauthProvider, openIdProvider } from './index.js';
import type { ProviderConfig } from './provider-config.js';

function acceptanceOf(config: ProviderConfig): Acceptance {
  if (isHost(config)) return { namespaces: [HOST_NAMESPACE] };
  if (isOpenId(config)) return openIdProvider(config).acceptance(config);
  return { namespaces: [oauthProvider(config).service(config, { keepsTokens: false }).namespace] };
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

// A provider's metadata: found out on first use, shared by all who wait, forgotten on failure, refreshed every hour.

import { allowInsecureRequests, customFetch, discovery } from 'openid-client';
import type { Logger } from '../logger.js';
import type { OpenIdConfig } from '../providers/provider.js';
import { cappedFetch } from './capped-fetch.js';
import { withDeadline } from './deadline.js';
import { providerFailed } from './provider-failure.js';
import { type ProviderMetadata, readMetadata } from './provider-metadata.js';
import { shareAttempts } from './share-attempts.js';

const TIMEOUT_MS = 5_000;
const REFRESH_AFTER_MS = 60 * 60 * 1000;
const RETRY_AFTER_MS = 60 * 1000;

/** @throws LatchkeyError `provider_failed` */
export type Discovery = () => Promise<ProviderMetadata>;

async function discover({ issuer, clientId }: OpenIdConfig): Promise<ProviderMetadata> {
  try {
    return await withDeadline(TIMEOUT_MS, async (signal) => {
      // The fetch keeps plain http to loopback; the library knows only all or nothing.
      const options = { [customFetch]: cappedFetch(signal), execute: [allowInsecureRequests] };
      const configuration = await discovery(new URL(issuer), clientId, undefined, undefined, options);
      return readMetadata(configuration.serverMetadata(), issuer);
    });
  } catch (error) {
    throw providerFailed('discovery', error);
  }
}

/** An outage at start-up heals by itself, and once the metadata is known an outage of discovery stops nobody. */
export function createDiscovery(config: OpenIdConfig, logger: Logger): Discovery {
  let known: ProviderMetadata | undefined;
  let refreshAt = 0;

  const load = shareAttempts(async () => {
    known = await discover(config);
    refreshAt = Date.now() + REFRESH_AFTER_MS;
    return known;
  });

  function refresh(): void {
    refreshAt = Date.now() + RETRY_AFTER_MS;
    load().catch((error: unknown) => {
      logger.warn({ provider: config.id, detail: providerFailed('refresh', error).detail }, 'Provider metadata could not be refreshed');
    });
  }

  return async () => {
    if (known === undefined) return load();
    if (Date.now() >= refreshAt) refresh();
    return known;
  };
}

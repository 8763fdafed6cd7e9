// A provider's metadata: downloaded on first use, shared by all who wait, forgotten on failure, refreshed every hour.

import { LatchkeyError } from '../accounts/errors.js';
import { openIdProvider } from '../providers/index.js';
import { addressForAll } from '../providers/issuers.js';
import type { OpenIdConfig } from '../providers/provider-config.js';
import { withDeadline } from '../support/deadline.js';
import type { Logger } from '../support/logger.js';
import { shareAttempts } from '../support/share-attempts.js';
import type { HttpClient } from './http-client.js';
import { jsonOf } from './json-answer.js';
import { providerFailed } from './provider-failure.js';
import { type OptionalEndpoint, type ProviderMetadata, readMetadata } from './provider-metadata.js';

const TIMEOUT_MS = 5_000;
const REFRESH_AFTER_MS = 60 * 60 * 1000;
const RETRY_AFTER_MS = 60 * 1000;

/** @throws LatchkeyError `provider_failed` */
export type Discovery = () => Promise<ProviderMetadata>;

export interface DiscoveryOptions {
  readonly config: OpenIdConfig;
  readonly logger: Logger;
  readonly http: HttpClient;
  /** The provider's tokens are stored, so that they are revoked there. */
  readonly keepsTokens: boolean;
}

/** What this configuration asks, besides what it cannot do without. */
function usedEndpoints({ config, keepsTokens }: DiscoveryOptions): readonly OptionalEndpoint[] {
  return [
    'userinfo_endpoint',
    ...(keepsTokens ? (['revocation_endpoint'] as const) : []),
    ...(openIdProvider(config).signsOut ? (['end_session_endpoint'] as const) : []),
  ];
}

/** OpenID Connect Discovery 1.0, section 4.1. */
const documentOf = (issuer: string) => new URL(`${addressForAll(issuer).replace(/\/$/, '')}/.well-known/openid-configuration`);

/** Whoever reads the log sees which address was asked, and what was found there in place of the provider. */
function withIssuer(issuer: string, failure: LatchkeyError): LatchkeyError {
  const { code, detail = 'nothing', cause, difference } = failure;
  if (code !== 'provider_failed' || difference !== undefined) return failure;
  return new LatchkeyError(code, { detail, cause, difference: { configured: issuer, found: detail } });
}

async function discover(options: DiscoveryOptions): Promise<ProviderMetadata> {
  const { issuer, tenants } = options.config;
  const headers = { accept: 'application/json' };
  try {
    const reply = await withDeadline(TIMEOUT_MS, (signal) =>
      options.http(documentOf(issuer), { method: 'GET', headers, isRepeatable: true, signal }),
    );
    const document = jsonOf(reply, 'the discovery document');
    return readMetadata(document, { issuer, forTenants: tenants !== undefined, used: usedEndpoints(options) });
  } catch (error) {
    throw withIssuer(issuer, providerFailed('discovery', error));
  }
}

/** An outage at start-up heals by itself, and once the metadata is known an outage of discovery stops nobody. */
export function createDiscovery(options: DiscoveryOptions): Discovery {
  const { config, logger } = options;
  let known: ProviderMetadata | undefined;
  let refreshAt = 0;

  const load = shareAttempts(async () => {
    const isFirst = known === undefined;
    known = await discover(options);
    if (isFirst && known.offersDpop)
      logger.info(
        { provider: config.id },
        'The provider offers DPoP (RFC 9449), which is not supported: its tokens are requested as Bearer tokens',
      );
    refreshAt = Date.now() + REFRESH_AFTER_MS;
    return known;
  });

  function refresh(): void {
    refreshAt = Date.now() + RETRY_AFTER_MS;
    load().catch((error: unknown) => {
      const { detail, difference } = providerFailed('refresh', error);
      logger.warn({ provider: config.id, detail, ...difference }, 'Provider metadata could not be refreshed');
    });
  }

  return async () => {
    if (known === undefined) return load();
    if (Date.now() >= refreshAt) refresh();
    return known;
  };
}

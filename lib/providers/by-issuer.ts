// Subjects of OpenID Connect are unique within their issuer (OpenID Connect Core 1.0, section 5.7): there, and nowhere else, they are known.

import { issuersOfTenants } from '../../config/tenants.js';
import type { Claims, OpenIdConfig } from './provider.js';

export function issuersOf(config: OpenIdConfig): readonly string[] {
  const { issuer } = config;
  return config.type === 'apple' || config.tenants === undefined ? [issuer] : [issuer, ...issuersOfTenants(issuer, config.tenants)];
}

/** The issuer of a token that was checked: with tenants that of its own, in one spelling. */
function issuerOf(config: OpenIdConfig, { iss }: Claims): string {
  const named = String(iss);
  return issuersOf(config).find((issuer) => issuer.toLowerCase() === named.toLowerCase()) ?? named;
}

export const byIssuer = {
  acceptance: (config: OpenIdConfig) => ({ namespaces: issuersOf(config) }),
  origin: (config: OpenIdConfig, claims: Claims) => ({ namespace: issuerOf(config, claims) }),
} as const;

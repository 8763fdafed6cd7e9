// Subjects of OpenID Connect are unique within their issuer (OpenID Connect Core 1.0, section 5.7): there, and nowhere else, they are known.

import type { Claims } from './provider.js';
import type { OpenIdConfig } from './provider-config.js';
import { issuersOfTenants } from './tenants.js';

/** By which its subjects are known. */
function issuersOf(config: OpenIdConfig): readonly string[] {
  const { issuer, tenants, subjectsOf = issuer } = config;
  return tenants === undefined ? [subjectsOf] : [issuer, ...issuersOfTenants(issuer, tenants)];
}

/** Of a token that was checked: with tenants the issuer of its own, in one spelling. */
function issuerOf(config: OpenIdConfig, { iss }: Claims): string {
  const [named, [only, ...others]] = [String(iss), issuersOf(config)];
  if (only !== undefined && others.length === 0) return only;
  return [only, ...others].find((issuer) => issuer?.toLowerCase() === named.toLowerCase()) ?? named;
}

export const byIssuer = {
  acceptance: (config: OpenIdConfig) => ({ namespaces: issuersOf(config) }),
  origin: (config: OpenIdConfig, claims: Claims) => ({ namespace: issuerOf(config, claims) }),
} as const;

// Which issuers a provider's people come from: usually one, but several tenants may each have their own (Microsoft Entra ID names its
// issuer by a template). A subject is unique only within its issuer (OpenID Connect Core 1.0, section 5.7).

import { z } from 'zod';
import { issuer } from '../support/web-address.js';
import type { Claims } from './provider.js';
import type { OpenIdConfig } from './provider-config.js';

/** Stands in the issuer of the discovery document, where an ID token's has the tenant's own id. */
const PLACEHOLDER = '{tenantid}';

/** Whether an issuer is a template for those of many tenants. */
export const isForTenants = (issuer: string) => issuer.includes(PLACEHOLDER);

/** The issuer of one tenant. */
export const issuerOfTenant = (template: string, tenant: string) => template.replace(PLACEHOLDER, () => tenant);

/** Whether a discovered template is that of the configured address, which has the name of a group of tenants in the place of the tenant. */
export function isTemplateOf(template: string, address: string): boolean {
  const [before = '', after = ''] = template.split(PLACEHOLDER);
  const group = address.slice(before.length, address.length - after.length);
  return address === before + group + after && /^[^/]+$/.test(group);
}

/**
 * Every issuer that a tenant may have at a configured address, which may be the template itself, or have the name of a group of
 * tenants in one of its segments: which one, only the discovered template says.
 */
function issuersOfTenants(address: string, tenants: readonly string[]): readonly string[] {
  if (isForTenants(address)) return tenants.map((tenant) => issuerOfTenant(address, tenant));
  const [scheme, , host, ...path] = address.split('/');
  const places = path.flatMap((segment, place) => (segment === '' ? [] : [place]));
  return places.flatMap((place) => tenants.map((tenant) => [scheme, '', host, ...path.with(place, tenant)].join('/')));
}

/** Where the discovery document of everybody stands; a template may be configured as it is. */
export const addressForAll = (issuer: string) => issuerOfTenant(issuer, 'organizations');

const TENANT = 'expected the id of a tenant, such as "72f988bf-86f1-41af-91ab-2d7cd011db47"';
const TENANTS = 'expected a list of the ids of the tenants whose people may sign in, at least one';

/** Undefined where nothing is said of tenants. */
export function tenantIds() {
  const id = z.guid({ error: TENANT }).transform((text) => text.toLowerCase());
  return z.array(id, { error: TENANTS }).min(1, { error: TENANTS }).optional();
}

const ANY_TENANT =
  'expected the issuer of one tenant (https://login.microsoftonline.com/TENANT-ID/v2.0), or "tenants" with the ids of those whose people may sign in: anybody with a Microsoft account can sign in at this address';

/** The addresses for everybody (Microsoft identity platform, "OpenID Connect on the Microsoft identity platform"). */
const isForAnyTenant = (text: string) => isForTenants(text) || /\/(?:common|organizations)\/v2\.0\/?$/i.test(text);

/** @param tenants as given, unchecked */
export function tenantsIssuer(tenants: unknown) {
  return issuer().refine((text) => tenants !== undefined || !isForAnyTenant(text), { error: ANY_TENANT });
}

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

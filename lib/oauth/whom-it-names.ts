// Whom an ID token names, read before anything of it is believed: so that the log can say what was expected, and found.

import { decodeJwt } from 'jose';
import { isForTenants, issuerOfTenant } from '../providers/tenants.js';
import { type Audience, type Claims, isForUs, isOneOf } from './id-token-rules.js';
import { Mismatch } from './mismatch.js';

export interface Expected extends Audience {
  /** As discovered. */
  readonly issuer: string;
  readonly tenants?: readonly string[] | undefined;
}

/** Nothing where it cannot be read; what is wrong with it then, the checks say. */
export function uncheckedClaims(idToken: unknown): Claims {
  try {
    return decodeJwt(String(idToken));
  } catch {
    return {};
  }
}

/** The issuer of the token's own tenant. Whoever lies about it here is found out by that issuer's signature. */
function issuerOf({ tid }: Claims, { issuer, tenants = [] }: Expected): string {
  if (!isForTenants(issuer)) return issuer;
  if (!isOneOf(tid, tenants))
    throw new Mismatch('the tenant of the ID token is not one that may come', { configured: tenants.join(' '), found: tid });
  return issuerOfTenant(issuer, tid);
}

/**
 * The issuer that the token has to name, in everything else that is checked of it.
 * @throws Error where it names another issuer or audience
 */
export function issuerToName(claims: Claims, expected: Expected): string {
  const issuer = issuerOf(claims, expected);
  const { iss, aud } = claims;
  if (iss !== undefined && iss !== issuer) throw new Mismatch('the ID token is of another issuer', { configured: issuer, found: iss });
  if (aud !== undefined && !isForUs(aud, expected)) {
    const configured = [expected.clientId, ...(expected.audiences ?? [])].join(' ');
    throw new Mismatch('the ID token is for another audience', { configured, found: aud });
  }
  return issuer;
}

// What is known about a provider from its id alone, by the registry: its number, its names, its segment of the redirect URI.

import { KNOWN_PROVIDERS, knownProvider } from './index.js';
import type { ProviderConfig } from './provider-config.js';

/** The allow-list of BIO.RE's calls, in its documented order. */
export const BIORE_PROVIDERS: readonly string[] = KNOWN_PROVIDERS.filter((id) => knownProvider(id)?.names.biore);

/** Cloudreve's number of a provider; `undefined` where that API has none. */
export function cloudreveNumber(id: string): number | undefined {
  return knownProvider(id)?.names.cloudreveNumber;
}

/** The inverse of `cloudreveNumber`; `undefined` for a number that names no provider. */
export function providerOfNumber(number: number): string | undefined {
  return KNOWN_PROVIDERS.find((id) => cloudreveNumber(id) === number);
}

/** GenAuth's `type` (its `provider` enumeration); `oidc` for every provider it has no name for. @param config where it is configured */
export function genAuthType(id: string, config?: ProviderConfig): string {
  return knownProvider(config?.type ?? id)?.names.genAuthType ?? 'oidc';
}

/** What people read where the configuration gives no name: the id with a capital first letter, unless the provider has a name. */
export function defaultDisplayName(id: string): string {
  return knownProvider(id)?.names.displayName ?? `${id.charAt(0).toUpperCase()}${id.slice(1)}`;
}

/** The last segment of the provider's one redirect URI: Cloudreve's number as text if there is one, else the id. */
export function callbackSegment(id: string): string {
  return cloudreveNumber(id)?.toString() ?? id;
}

/**
 * The inverse of `callbackSegment`. A provider has one redirect URI, so `00` and `logto` name nobody: `undefined`.
 * An id that is not configured passes; whether the provider exists is the configuration's to say.
 */
export function providerOfCallbackSegment(segment: string): string | undefined {
  const id = /^\d+$/.test(segment) ? providerOfNumber(Number(segment)) : segment;
  return id !== undefined && callbackSegment(id) === segment ? id : undefined;
}

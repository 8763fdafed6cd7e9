// What is known about a provider from its id alone: its number, its names, its segment of the redirect URI.

interface KnownProvider {
  readonly displayName: string;
  /** GenAuth's name of the kind of identity source. */
  readonly genAuthType: string;
  /** Cloudreve's number, where that API has one. */
  readonly cloudreveNumber?: number;
}

/** A Map and no object: ids come from configuration and requests, and `constructor` is a lawful one. */
const KNOWN: ReadonlyMap<string, KnownProvider> = new Map<string, KnownProvider>([
  ['logto', { displayName: 'Logto', genAuthType: 'oidc', cloudreveNumber: 0 }],
  ['qq', { displayName: 'QQ', genAuthType: 'qq', cloudreveNumber: 1 }],
  ['oidc', { displayName: 'OpenID Connect', genAuthType: 'oidc', cloudreveNumber: 2 }],
  ['google', { displayName: 'Google', genAuthType: 'google' }],
  ['apple', { displayName: 'Apple', genAuthType: 'apple' }],
  ['x', { displayName: 'X', genAuthType: 'twitter' }],
]);

/** Ids with a file of their own; any other id is a further OpenID provider. */
export const KNOWN_PROVIDERS: readonly string[] = [...KNOWN.keys()];

/** The allow-list of BIO.RE's unlink call, in its documented order. */
export const BIORE_PROVIDERS: readonly string[] = ['google', 'apple', 'x'];

/** Cloudreve's number of a provider; `undefined` where that API has none. */
export function cloudreveNumber(id: string): number | undefined {
  return KNOWN.get(id)?.cloudreveNumber;
}

/** The inverse of `cloudreveNumber`; `undefined` for a number that names no provider. */
export function providerOfNumber(number: number): string | undefined {
  return KNOWN_PROVIDERS.find((id) => cloudreveNumber(id) === number);
}

/** GenAuth's `type` (its `provider` enumeration); `oidc` for every provider it has no name for. */
export function genAuthType(id: string): string {
  return KNOWN.get(id)?.genAuthType ?? 'oidc';
}

/** What people read where the configuration gives no name: the id with a capital first letter, unless the provider has a name. */
export function defaultDisplayName(id: string): string {
  return KNOWN.get(id)?.displayName ?? `${id.charAt(0).toUpperCase()}${id.slice(1)}`;
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

// The registry: a line for each provider, and everything that can be looked up by a provider's id or configuration.

import type { Acceptance } from '../accounts/acceptance.js';
import { apple } from './apple.js';
import { github } from './github.js';
import { gitlab } from './gitlab.js';
import { google } from './google.js';
import { HOST_NAMESPACE, type HostProviderConfig, type HostProviderOptions } from './host.js';
import { logto } from './logto.js';
import { type FurtherOpenIdOptions, oidc } from './oidc.js';
import type { OAuthProvider, OpenIdProvider } from './provider.js';
import type { OAuthConfig, OpenIdConfig, ProviderConfig } from './provider-config.js';
import { qq } from './qq.js';
import { x } from './x.js';

/** The name is the provider's id, and the `type` of its configuration. Further providers of OpenID Connect are of type `oidc`. */
const PROVIDERS = {
  logto,
  qq,
  oidc,
  google,
  apple,
  x,
  gitlab,
  github,
} as const;

type Registry = typeof PROVIDERS;
type OptionsOf<Id extends keyof Registry> = NonNullable<Registry[Id]['takes']>;

export type ProviderOptions = { [Id in keyof Registry]: OptionsOf<Id> }[keyof Registry] | FurtherOpenIdOptions | HostProviderOptions;

type KnownProvidersOptions = { readonly [Id in keyof Registry]?: OptionsOf<Id> };

/** Options by provider id: a built-in id, or `^[a-z][a-z0-9-]{0,63}$` with `type: 'oidc'` or the host's own `strategy`. */
export interface ProvidersOptions extends KnownProvidersOptions {
  readonly [id: string]: ProviderOptions | undefined;
}

export type KnownProvider = OpenIdProvider | OAuthProvider;

/** The public strategy of each is for one of these. */
export type OpenIdType = { [Id in keyof Registry]: Registry[Id]['protocol'] extends 'openid' ? Id : never }[keyof Registry];
export type OAuthType = Exclude<keyof Registry, OpenIdType>;

/** A Map and no object: names come from configuration and requests, and `constructor` is a lawful one. */
const KNOWN: ReadonlyMap<string, KnownProvider> = new Map<string, KnownProvider>(Object.entries(PROVIDERS));

/** Ids with a file of their own, in the order of the registry. */
export const KNOWN_PROVIDERS: readonly string[] = [...KNOWN.keys()];

/** What the file of this name says; `undefined` where there is none. */
export function knownProvider(name: string): KnownProvider | undefined {
  return KNOWN.get(name);
}

export function isHost(config: ProviderConfig): config is HostProviderConfig {
  return config.type === 'host';
}

export function isOpenId(config: ProviderConfig): config is OpenIdConfig {
  return KNOWN.get(config.type)?.protocol === 'openid';
}

export function isOAuth(config: ProviderConfig): config is OAuthConfig {
  return KNOWN.get(config.type)?.protocol === 'oauth';
}

/** What the file of a provider of OpenID Connect says. */
export function openIdProvider({ type }: OpenIdConfig): OpenIdProvider {
  const known = KNOWN.get(type);
  if (known?.protocol !== 'openid') throw new TypeError(`No provider of OpenID Connect is called ${type}`);
  return known;
}

/** The same for plain OAuth 2.0. */
export function oauthProvider({ type }: OAuthConfig): OAuthProvider {
  const known = KNOWN.get(type);
  if (known?.protocol !== 'oauth') throw new TypeError(`No provider of OAuth 2.0 is called ${type}`);
  return known;
}

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

// What a provider's file has to define: its options, its names, its quirks, and whom it lets in; nothing about flows, tokens or users.

import type { Acceptance, Origin } from '../accounts/acceptance.js';
import type { AuthorizationAnswer } from '../accounts/provider-clients.js';
import type { Profile } from '../accounts/types.js';
import type { Checked } from '../support/configuration-error.js';
import type { OAuthService, OAuthServiceOptions } from './oauth-service.js';
import type { NamedProviderConfig, OAuthConfig, OpenIdConfig } from './provider-config.js';

/** How people and the APIs call it. */
export interface ProviderNames {
  /** What people read where the configuration gives no name. */
  readonly displayName: string;
  /** GenAuth's name of the kind of identity source. Default `oidc`, which is what it calls all that it has no name for. */
  readonly genAuthType?: string;
  /** Cloudreve's number, where that API has one. */
  readonly cloudreveNumber?: number;
  /** Whether it is on the allow-list of BIO.RE's calls, which is in the order of the registry. Default false. */
  readonly biore?: boolean;
  /** The name of its public strategy at Passport. Default: that of the provider. */
  readonly strategy?: string;
}

/** A schema of options without the types of its library, so that public types need none of them. */
export interface OptionsSchema<Config> {
  /** The names of the options. */
  readonly names: readonly string[];
  /** @param path where in the settings the options stand */
  check(given: unknown, path?: readonly PropertyKey[]): Checked<Config | undefined>;
}

/** Whose options they are. */
export interface Named {
  /** The provider id. */
  readonly id: string;
  /** What people read where the options do not say. */
  readonly displayName: string;
}

/** The options as given, unchecked: some of them choose what is asked of the others. */
export interface Given extends Named {
  readonly options: Readonly<Record<string, unknown>>;
  /** The provider's name in the registry. */
  readonly type: string;
  /** What to say where an id of the host's own does not name its type; `undefined`: the id is its type already. */
  readonly typeExpected: string | undefined;
}

/** What a schema gives: the registry adds id and type. */
type Read<Config extends NamedProviderConfig> = Omit<Config, 'id' | 'type'>;

/** What every provider says, whatever it speaks. Members that have a configuration are methods: the registry hands each its own. */
export interface AnyProvider<Options, Config extends NamedProviderConfig> {
  readonly names: ProviderNames;
  /** What a host writes about it: a type alone, and never a value. */
  readonly takes?: Options;
  schema(given: Given): OptionsSchema<Read<Config>>;
  /**
   * Hosts had its id before it was ours: who says `type: "oidc"` there, or brings a strategy, means what they meant then. Default
   * false.
   */
  readonly idWasFree?: boolean;
  /** There are people of whom it tells no address. Default false. */
  readonly mayTellNoAddress?: boolean;
}

/** Of an ID token, checked. */
export type Claims = Readonly<Record<string, unknown>>;

export interface AuthorizationHints {
  /** The e-mail address the person is expected to choose. */
  readonly hint: string | undefined;
  /** The person is to prove who they are, whether or not the provider still knows them (OpenID Connect Core 3.1.2.1, `prompt` and `max_age`). */
  readonly fresh: boolean;
  /** The host keeps the provider's tokens, so one that works while the person is away is worth asking for. */
  readonly keepsTokens: boolean;
}

/** A provider that speaks OpenID Connect; the verified token client does the rest. */
export interface OpenIdProvider<Options = unknown, Config extends OpenIdConfig = OpenIdConfig> extends AnyProvider<Options, Config> {
  readonly protocol: 'openid';
  /**
   * Its ID tokens say when the person last signed in there (`auth_time`), at least where that is asked for: without it nobody has
   * proven who they are. Of a provider that is known to say it never, coming back is all the proof there is.
   */
  readonly tellsAuthTime: boolean;
  /** Who signs out here is shown the way to sign out there (OpenID Connect RP-Initiated Logout 1.0). Default false. */
  readonly signsOut?: boolean;
  /** Besides `openid`. */
  scope(config: Config): readonly string[];
  /** Parameters of the authorization request beyond those of OpenID Connect Core 3.1.2.1. */
  authorizationParams(config: Config, hints: AuthorizationHints): Readonly<Record<string, string>>;
  /** Whom it lets in at all: asked of whoever comes, and of every link that is stored. */
  acceptance(config: Config): Acceptance;
  /** What acceptance hangs on, of an ID token's claims. The request alone binds nobody: the person can change it. */
  origin(config: Config, claims: Claims): Origin;
  /** @param claims of the ID token, completed by userinfo. @param answer what came back with the code, proven by nobody */
  profile(claims: Claims, answer: AuthorizationAnswer): Profile;
  /** Gives a client secret that is valid now; it goes in the body, whatever is announced. Default: the configured one, as announced. */
  clientSecret?(config: Config): () => Promise<string>;
}

/** A provider that speaks plain OAuth 2.0. */
export interface OAuthProvider<Options = unknown, Config extends OAuthConfig = OAuthConfig> extends AnyProvider<Options, Config> {
  readonly protocol: 'oauth';
  /** Its endpoints and requests, for one configuration. */
  service(config: Config, options: OAuthServiceOptions): OAuthService;
  /** GenAuth's `type` of a link's subject. @param namespace `undefined`: the link is of before it was kept. Default `openid` */
  subjectType?(config: Config, namespace: string | undefined): string;
}

// The options that every kind of provider takes. Options of a single provider are in its own file.

/** What every provider takes, whatever it speaks. */
export interface NamedProviderOptions {
  /** False: links stay, sign-in and linking are refused, and the link no longer counts as a sign-in method. Default true. */
  readonly enabled?: boolean;
  /** False: nobody may unlink it (an employer's directory, say), in any dialect, as long as it is enabled. Default true. */
  readonly unlinkable?: boolean;
  /** The name that people read, 1 to 100 characters. Default: the provider's own name, or the id with a capital first letter. */
  readonly displayName?: string;
  /** A picture: an https address, a path on this origin, or `data:image/…`. Default empty: none. */
  readonly icon?: string;
  /** GenAuth's id of the identity source, 24 hexadecimal digits, different for each provider. Default: the first 24 of the SHA-256 of the provider id. */
  readonly extIdpId?: string;
}

/** What every built-in provider takes. */
export interface CommonProviderOptions extends NamedProviderOptions {
  /** Scopes in place of the provider's default (RFC 6749, section 3.3): a list, or a string separated by spaces or commas. `openid` is always requested if the provider has it. */
  readonly scope?: string | readonly string[];
  /** The client id that the provider gave out (RFC 6749, section 2.2). Required. */
  readonly clientId: string;
}

/** How a client of OpenID Connect proves itself at the token endpoint. */
export interface ClientProofOptions {
  /** The client secret. Required, except for a public client and one that proves itself with `privateKey`, which have none. */
  readonly clientSecret?: string;
  /**
   * `token_endpoint_auth_method` of RFC 7591, section 2: `"client_secret_basic"`, `"client_secret_post"`, `"client_secret_jwt"`,
   * `"private_key_jwt"` (OpenID Connect Core 1.0, section 9), or `"none"` for a public client, which only has PKCE.
   * Default: the first of the three methods with a secret, in this order, that the provider announces.
   */
  readonly tokenEndpointAuthMethod?: TokenEndpointAuthMethod;
  /** The algorithm that signs an assertion, such as `"PS256"`. Default: the first one that the provider announces and the key supports, else `RS256`, `HS256` or the one that fits the curve. */
  readonly tokenEndpointAuthSigningAlg?: string;
  /** The key for `"private_key_jwt"`: PKCS #8 in PEM; RSA with at least 2048 bits, P-256, P-384, P-521 or Ed25519. The provider has the public key. */
  readonly privateKey?: string;
  /** The id under which the provider knows that key: `kid` of the assertion. Default none. */
  readonly keyId?: string;
}

/** What every OpenID Connect provider takes, except Apple. */
export interface OpenIdClientOptions extends CommonProviderOptions, ClientProofOptions {
  /** Further audiences that an ID token may name beside our client id, such as Zitadel's project; its `azp` must then be ours (OpenID Connect Core 1.0, section 3.1.3.7). Default none. */
  readonly audiences?: readonly string[];
  /**
   * The provider's former issuer, if the provider moved and every person kept their `sub`: their links keep working. Not possible with
   * `tenants`. Default: people at another issuer are other people, whatever their `sub`.
   */
  readonly subjectsOf?: string;
}

/** The registered names of `token_endpoint_auth_method` (RFC 7591, section 2; OpenID Connect Core 1.0, section 9). */
export const TOKEN_ENDPOINT_AUTH_METHODS = [
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'private_key_jwt',
  'none',
] as const;

export type TokenEndpointAuthMethod = (typeof TOKEN_ENDPOINT_AUTH_METHODS)[number];

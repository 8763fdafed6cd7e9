// The ways of a client to prove itself at the token endpoint.

/** The registered names of `token_endpoint_auth_method` (RFC 7591, section 2; OpenID Connect Core 1.0, section 9). */
export const TOKEN_ENDPOINT_AUTH_METHODS = [
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'private_key_jwt',
  'none',
] as const;

export type TokenEndpointAuthMethod = (typeof TOKEN_ENDPOINT_AUTH_METHODS)[number];

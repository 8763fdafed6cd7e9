// Apple: answers by a form, verifies addresses by a text, takes a signed secret, and tells the name beside the code, the first time only.

import { z } from 'zod';
import { text } from '../support/scalars.js';
import { issuer } from '../support/web-address.js';
import { createClientSecretJwt } from './apple-client-secret.js';
import { nameOfAppleUser } from './apple-user.js';
import { assertionAlgorithms } from './client-proof.js';
import { openIdProfile } from './openid-profile.js';
import type { OpenIdProvider } from './provider.js';
import type { OpenIdConfig } from './provider-config.js';
import type { CommonProviderOptions } from './provider-options.js';
import { clientOptions, nativeClientIds, type Shape, schemaOf } from './provider-schema.js';

/** Sign in with Apple; the client secret is signed from the key at each call. */
export interface AppleOptions extends CommonProviderOptions {
  readonly type?: 'apple';
  /** The issuer identifier. Default `https://appleid.apple.com`. https, or http to a loopback host. */
  readonly issuer?: string;
  /** The developer team's id: `iss` of the client secret. Required. */
  readonly teamId: string;
  /** The id of the key: `kid` of the client secret. Required. */
  readonly keyId: string;
  /** The key as Apple gives it out: PKCS #8 in PEM, elliptic curve P-256. Required. */
  readonly privateKey: string;
  /**
   * Client ids of the native apps whose ID tokens are believed when they are handed in (`POST /api/v1/auth/oauth/login`), beside
   * `clientId`: the bundle ids of the apps. Default none.
   */
  readonly nativeClientIds?: readonly string[];
}

export interface AppleConfig extends OpenIdConfig {
  readonly teamId: string;
  readonly keyId: string;
  /** PKCS #8 PEM of the ES256 key. */
  readonly privateKey: string;
}

const PRIVATE_KEY = 'expected a PKCS #8 PEM ("-----BEGIN PRIVATE KEY-----") of an elliptic curve P-256 key';

const isP256Key = (pem: string) => assertionAlgorithms(pem).includes('ES256');

/** Apple's own spelling, and of no other provider. */
const isTrue = (value: unknown) => value === true || value === 'true';

/** A person has a subject for each team of developers. */
const ofTeam = ({ issuer, teamId }: AppleConfig) => `${issuer} ${teamId}`;

export const apple: OpenIdProvider<AppleOptions, AppleConfig> = {
  protocol: 'openid',
  names: { displayName: 'Apple', genAuthType: 'apple', biore: true },
  schema: (given) =>
    schemaOf({
      ...clientOptions(given),
      issuer: issuer().default('https://appleid.apple.com'),
      teamId: text(),
      keyId: text(),
      privateKey: z.string({ error: PRIVATE_KEY }).refine(isP256Key, { error: PRIVATE_KEY }),
      nativeClientIds,
    } satisfies Shape<AppleOptions>),
  /** Unasked: it has people prove who they are each time. */
  tellsAuthTime: true,
  clientSecret: createClientSecretJwt,
  scope: ({ scope = ['name', 'email'] }) => scope,
  /** Apple insists on it wherever name or address is asked for. */
  authorizationParams: () => ({ response_mode: 'form_post' }),
  acceptance: (config) => ({ namespaces: [ofTeam(config)] }),
  origin: (config) => ({ namespace: ofTeam(config) }),
  profile: (claims, { user }) =>
    openIdProfile({ ...claims, email_verified: isTrue(claims.email_verified), name: claims.name ?? nameOfAppleUser(user) }),
};

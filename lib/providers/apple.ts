// Apple: answers with a form, sends `email_verified` as a string, requires a signed secret, and sends the name beside the code, once.

import { createPrivateKey } from 'node:crypto';
import { SignJWT } from 'jose';
import { z } from 'zod';
import { isRecord } from '../support/closed-object.js';
import { text } from '../support/scalars.js';
import { shareAttempts } from '../support/share-attempts.js';
import { issuer } from '../support/web-address.js';
import { assertionAlgorithms } from './client-proof.js';
import { openIdProfile } from './openid-profile.js';
import type { OpenIdProvider } from './provider.js';
import type { OpenIdConfig } from './provider-config.js';
import type { CommonProviderOptions } from './provider-options.js';
import { clientOptions, nativeClientIds, type Shape, schemaOf } from './provider-schema.js';

/** Sign in with Apple; the client secret is signed with the key for each call. */
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
   * Client ids of native apps whose ID tokens are accepted when they are submitted (`POST /api/v1/auth/oauth/login`), beside
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

const PRIVATE_KEY = 'expected a PKCS #8 PEM ("-----BEGIN PRIVATE KEY-----") of a P-256 elliptic curve key';

const isP256Key = (pem: string) => assertionAlgorithms(pem).includes('ES256');

/** Apple's own spelling, and of no other provider. */
const isTrue = (value: unknown) => value === true || value === 'true';

/** A person has a subject for each team of developers. */
const ofTeam = ({ issuer, teamId }: AppleConfig) => `${issuer} ${teamId}`;

const MAX_PART = 100;

/** Control characters, halves of surrogate pairs, and what breaks a line or turns the direction of the text around it. */
const UNWANTED = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function part(value: unknown): string {
  return typeof value === 'string' ? [...value.replace(UNWANTED, '').trim()].slice(0, MAX_PART).join('').trim() : '';
}

/**
 * First and last name, each cut to 100 characters; `undefined` where there is none. The address in the same field is
 * never read: only the ID token's is signed.
 * @param user JSON text, `{"name":{"firstName","lastName"},"email"}`
 */
function nameOfAppleUser(user: string | undefined): string | undefined {
  const parsed = user === undefined ? undefined : parseJson(user);
  const name = isRecord(parsed) ? parsed.name : undefined;
  if (!isRecord(name)) return undefined;
  const parts = [part(name.firstName), part(name.lastName)].filter((text) => text !== '');
  return parts.length === 0 ? undefined : parts.join(' ');
}

/** Seconds. Apple takes up to 15777000; a short life makes a leaked one worth little. */
const LIFETIME = 60 * 60;
/** Seconds before its end from which on a new one is made: none may run out on its way. */
const RENEW_BEFORE = 5 * 60;

/** Who signs, with what, and for whom. */
export interface ClientSecretJwtOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly teamId: string;
  readonly keyId: string;
  /** PKCS #8 PEM of the ES256 key. */
  readonly privateKey: string;
}

/** Gives the secret that is valid now. The configuration has checked the key, and it is read here once. */
export function createClientSecretJwt({ issuer, clientId, teamId, keyId, privateKey }: ClientSecretJwtOptions): () => Promise<string> {
  const key = createPrivateKey({ key: privateKey, format: 'pem' });
  let kept = { secret: '', renewAt: 0 };
  const now = () => Math.floor(Date.now() / 1000);

  const make = shareAttempts(async () => {
    const issuedAt = now();
    const secret = await new SignJWT()
      .setProtectedHeader({ alg: 'ES256', kid: keyId })
      .setIssuer(teamId)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + LIFETIME)
      .setAudience(issuer)
      .setSubject(clientId)
      .sign(key);
    kept = { secret, renewAt: issuedAt + LIFETIME - RENEW_BEFORE };
    return secret;
  });

  return async () => (now() < kept.renewAt ? kept.secret : await make());
}

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

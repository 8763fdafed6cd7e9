// The key a test provider signs ID tokens with.

import { createHash, randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';

const HASHES = {
  ...({ RS256: 'sha256', RS384: 'sha384', RS512: 'sha512' } as const),
  ...({ PS256: 'sha256', PS384: 'sha384', PS512: 'sha512' } as const),
  ...({ ES256: 'sha256', ES384: 'sha384', ES512: 'sha512' } as const),
  ...({ EdDSA: 'sha512' } as const),
};

export type SigningAlgorithm = keyof typeof HASHES;

export interface SigningKey {
  readonly publicJwk: JWK;
  /** A compact JWT; `header` may say other than the truth. */
  sign(claims: JWTPayload, header?: Partial<JWTHeaderParameters>): Promise<string>;
}

export async function createSigningKey(alg: SigningAlgorithm): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg);
  const kid = randomUUID();
  return {
    publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' },
    sign: (claims, header) => new SignJWT(claims).setProtectedHeader({ alg, kid, ...header }).sign(privateKey),
  };
}

/** `at_hash` of an access token (OpenID Connect Core 3.1.3.6). */
export function atHash(accessToken: string, alg: SigningAlgorithm): string {
  const digest = createHash(HASHES[alg]).update(accessToken).digest();
  return digest.subarray(0, digest.length / 2).toString('base64url');
}

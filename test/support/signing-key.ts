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
  /** A compact JWS of any text, with any header: nothing that a library would refuse to sign is refused. RS256 and ES256 only. */
  signText(payload: string, header?: object): Promise<string>;
  /** Whoever had it is gone: another may have it. */
  giveUp(): void;
}

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

/** An RSA key takes a fifth of a second to make: one that nobody has any more is used again, under another id. */
const spare = new Map<SigningAlgorithm, KeyPair[]>();

export async function createSigningKey(alg: SigningAlgorithm): Promise<SigningKey> {
  const pair = spare.get(alg)?.pop() ?? (await generateKeyPair(alg));
  const kid = randomUUID();
  let isGivenUp = false;
  return {
    publicJwk: { ...(await exportJWK(pair.publicKey)), kid, alg, use: 'sig' },
    sign: (claims, header) => new SignJWT(claims).setProtectedHeader({ alg, kid, ...header }).sign(pair.privateKey),
    async signText(payload, header = {}) {
      const encoded = [JSON.stringify({ alg, kid, ...header }), payload].map((part) => Buffer.from(part).toString('base64url'));
      const text = encoded.join('.');
      const how = { name: alg === 'ES256' ? 'ECDSA' : 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
      const signature = await crypto.subtle.sign(how, pair.privateKey, Buffer.from(text));
      return `${text}.${Buffer.from(signature).toString('base64url')}`;
    },
    giveUp() {
      if (isGivenUp) return;
      isGivenUp = true;
      spare.set(alg, [...(spare.get(alg) ?? []), pair]);
    },
  };
}

/** `at_hash` of an access token (OpenID Connect Core 3.1.3.6). */
export function atHash(accessToken: string, alg: SigningAlgorithm): string {
  const digest = createHash(HASHES[alg]).update(accessToken).digest();
  return digest.subarray(0, digest.length / 2).toString('base64url');
}

// Apple's client secret: a JWT that we sign, made once an hour.

import { createPrivateKey } from 'node:crypto';
import { SignJWT } from 'jose';
import { shareAttempts } from '../support/share-attempts.js';

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

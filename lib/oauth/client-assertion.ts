// A client's proof at the token endpoint by a JWT that it signs (RFC 7523, section 2.2; OpenID Connect Core 1.0, section 9).

import { type KeyObject, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { ClientAuth } from 'openid-client';

/** Seconds: it is used at once, and clocks differ. */
const LIFETIME = 60;

export interface AssertionOptions {
  /** The client secret as bytes, or the client's private key. */
  readonly key: Uint8Array | KeyObject;
  readonly alg: string;
  /** Under which the provider knows the key. */
  readonly keyId: string | undefined;
  /** For whom it is: the provider alone, so that no other endpoint can use it. */
  readonly audience: string;
}

export function clientAssertion({ key, alg, keyId, audience }: AssertionOptions): ClientAuth {
  return async (_server, { client_id: clientId }, body) => {
    const now = Math.floor(Date.now() / 1000);
    const assertion = await new SignJWT()
      .setProtectedHeader({ alg, ...(keyId === undefined ? {} : { kid: keyId }) })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(audience)
      .setJti(randomUUID())
      .setIssuedAt(now)
      .setExpirationTime(now + LIFETIME)
      .sign(key);
    body.set('client_id', clientId);
    body.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    body.set('client_assertion', assertion);
  };
}

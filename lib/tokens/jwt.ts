// Access and refresh tokens as JWTs: HS256 under our key, the right type, not expired, and nothing else (RFC 7519, RFC 8725).

import { compactVerify, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { LatchkeyError } from '../accounts/errors.js';
import { deriveKey } from './keys.js';

export type TokenType = 'access' | 'refresh';

export interface AccessClaims {
  readonly sub: string;
  readonly root_token_id: string;
}

export interface RefreshClaims extends AccessClaims {
  /** Standard base64 of 32 bytes. */
  readonly state_hash: string;
  /** The generation within the family, in decimal: two refreshes in one second still give two tokens. */
  readonly jti: string;
}

export interface Jwts {
  sign(type: TokenType, claims: AccessClaims | RefreshClaims, from: Date, until: Date): Promise<string>;
  /**
   * The claims of a token that holds now; undefined for any other.
   * @throws LatchkeyError `wrong_token_type` for a sound token of the other type
   */
  verifyAccess(token: string): Promise<AccessClaims | undefined>;
  /** @throws LatchkeyError `wrong_token_type` */
  verifyRefresh(token: string): Promise<RefreshClaims | undefined>;
  /** Whether we have signed it, whatever it says and whether or not it holds now. */
  isOurs(token: string): Promise<boolean>;
}

/** How far ahead `nbf` is believed, in seconds: the clocks of two hosts that serve together differ. */
const NOT_BEFORE_TOLERANCE_S = 30;

const seconds = (date: Date) => Math.floor(date.getTime() / 1000);

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0;
}

export function createJwts(secret: string): Jwts {
  const key = deriveKey(secret, 'access and refresh tokens');

  async function verify(type: TokenType, token: string): Promise<JWTPayload | undefined> {
    const claims = ['sub', 'nbf', 'exp', 'token_type'];
    const options = { algorithms: ['HS256'], typ: 'JWT', requiredClaims: claims, clockTolerance: NOT_BEFORE_TOLERANCE_S };
    const payload = await jwtVerify(token, key, options).then(
      (verified) => verified.payload,
      () => undefined,
    );
    // jose's tolerance is for both ends of a token's life, and `exp` is to be exact.
    if (payload?.exp === undefined || payload.exp <= seconds(new Date())) return undefined;
    if (payload.token_type !== type) throw new LatchkeyError('wrong_token_type');
    return payload;
  }

  return {
    sign: (type, claims, from, until) =>
      new SignJWT({ token_type: type, ...claims })
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setNotBefore(seconds(from))
        .setExpirationTime(seconds(until))
        .sign(key),
    isOurs: (token) =>
      compactVerify(token, key, { algorithms: ['HS256'] }).then(
        () => true,
        () => false,
      ),
    async verifyAccess(token) {
      const claims = await verify('access', token);
      if (!isText(claims?.sub) || !isText(claims.root_token_id)) return undefined;
      return { sub: claims.sub, root_token_id: claims.root_token_id };
    },
    async verifyRefresh(token) {
      const claims = await verify('refresh', token);
      if (!isText(claims?.sub) || !isText(claims.root_token_id) || !isText(claims.state_hash) || !isText(claims.jti)) return undefined;
      return { sub: claims.sub, root_token_id: claims.root_token_id, state_hash: claims.state_hash, jti: claims.jti };
    },
  };
}

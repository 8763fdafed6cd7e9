import type { RequestHandler } from 'express';
import { jwtVerify, SignJWT } from 'jose';

declare global {
  namespace Express {
    interface Request {
      /** The member who sent one of our tokens. */
      memberId?: number;
    }
  }
}

const ISSUER = 'https://club.example';

/** The app's own tokens, as it has always signed and read them. */
export function ownTokens(secret: string) {
  const key = new TextEncoder().encode(secret);
  const readToken: RequestHandler = async (req, _res, next) => {
    const [, token] = /^Bearer (.+)$/.exec(req.get('authorization') ?? '') ?? [];
    const read = token === undefined ? undefined : await jwtVerify(token, key, { issuer: ISSUER }).catch(() => undefined);
    if (read !== undefined) req.memberId = Number(read.payload.sub);
    next();
  };
  return {
    sign: (memberId: number): Promise<string> =>
      new SignJWT()
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuer(ISSUER)
        .setSubject(String(memberId))
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(key),
    /** Mount it before `keys.router`, with `currentUser: (req) => req.memberId`. */
    readToken,
  };
}

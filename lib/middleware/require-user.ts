// Who signs the request: a Bearer token, or else the host's own session. Where both come, the token alone decides.

import type { Request, RequestHandler } from 'express';
import type { AccountRepository } from '../accounts/ports.js';
import { assertActive } from '../accounts/status.js';
import { LatchkeyError } from '../errors.js';
import type { Jwts } from '../tokens/jwt.js';
import type { PublicIds } from '../tokens/public-ids.js';
import { currentOf, type SignedInUser } from './current.js';

/** The id of the user that the host's own session has signed in, if any. */
export type HostUser = (req: Request) => string | number | undefined | null;

export interface AuthenticationOptions {
  readonly repository: AccountRepository;
  readonly jwts: Jwts;
  readonly publicIds: PublicIds;
  readonly hostUser: HostUser;
}

export interface Authentication {
  /** Passes anonymous requests on. */
  readonly optionalUser: RequestHandler;
  /** `unauthenticated` for anonymous requests. */
  readonly requireUser: RequestHandler;
  /** The user of an access token that stands elsewhere than in the header. */
  userOfToken(token: string): Promise<SignedInUser | undefined>;
}

/** With the scheme `Bearer`, with no space after it, or raw: clients of the three APIs send all of these. */
function tokenOf(header: string | undefined): string | undefined {
  return header === undefined ? undefined : /^\s*(?:Bearer(?:\s+|(?=ey)))?(\S+)\s*$/i.exec(header)?.[1];
}

export function createAuthentication({ repository, jwts, publicIds, hostUser }: AuthenticationOptions): Authentication {
  async function userOfToken(token: string): Promise<SignedInUser | undefined> {
    const claims = await jwts.verifyAccess(token);
    const userId = claims === undefined ? undefined : publicIds.userId(claims.sub);
    const found = userId === undefined ? undefined : await repository.findAccount(userId, claims?.root_token_id);
    return found === undefined ? undefined : { ...found, by: 'token' };
  }

  async function userOfHost(req: Request): Promise<SignedInUser | undefined> {
    const userId = hostUser(req);
    const found = userId === undefined || userId === null ? undefined : await repository.findAccount(String(userId));
    return found === undefined ? undefined : { account: found.account, session: undefined, by: 'host' };
  }

  async function authenticate(req: Request): Promise<SignedInUser | undefined> {
    const header = req.get('authorization');
    if (header === undefined || header === '') return userOfHost(req);
    const token = tokenOf(header);
    return token === undefined ? undefined : userOfToken(token);
  }

  const middleware =
    (required: boolean): RequestHandler =>
    async (req, _res, next) => {
      try {
        const signedIn = await authenticate(req);
        currentOf(req).signedIn = signedIn;
        if (signedIn !== undefined) assertActive(signedIn.account.user);
        if (signedIn === undefined && required) throw new LatchkeyError('unauthenticated');
        next();
      } catch (error) {
        next(error);
      }
    };

  return { optionalUser: middleware(false), requireUser: middleware(true), userOfToken };
}

// What is known about the current request; kept beside it, never on the host's own objects.

import { randomUUID } from 'node:crypto';
import type { Request } from 'express';
import type { Permit } from '../accounts/anti-lockout.js';
import { type FailureCode, LatchkeyError } from '../accounts/errors.js';
import type { Session } from '../accounts/session-ports.js';
import type { SessionRef } from '../accounts/sessions.js';
import type { Account, RequestContext } from '../accounts/types.js';
import { invitationOf } from './own-cookie.js';

/** What is being tried: a failure of it is written down under this name. */
export type Action =
  | 'auth.oauth.sign_in'
  | 'auth.oauth.link'
  | 'auth.oauth.unlink'
  | 'auth.password.sign_in'
  | 'auth.password.sign_up'
  | 'auth.password.set'
  | 'auth.password.remove'
  | 'auth.verify_email'
  | 'auth.reset_password'
  | 'auth.change_email'
  | 'auth.change_password'
  | 'auth.sessions.revoke'
  | 'auth.sessions.revoke_all';

export interface SignedInUser {
  readonly account: Account;
  /** What the sign-in opened; undefined when it was the host's own and has not been proven again here. */
  readonly session: Session | undefined;
  /** A Bearer token, a cookie session of ours, or a session of the host's own. */
  readonly by: 'token' | 'cookie' | 'host';
}

export interface RequestFacts {
  readonly context: RequestContext;
  /** The request shows that a browser sends it. */
  readonly fromBrowser: boolean;
  signedIn?: SignedInUser | undefined;
  /**
   * The token in the `Authorization` header, if there is one: ours decides alone, sound or not; any other is the host's, as is a
   * header of another scheme.
   */
  token?: 'ours' | 'foreign';
  permit?: Permit;
  action?: Action | undefined;
  /** Why it was refused, once it was. */
  failure?: FailureCode;
  /** The provider id the request is about. */
  provider?: string;
  /** The flow began in a popup, which tells its opener how it ended. */
  toOpener?: boolean;
  /** What the failure is a question of: whose account it is, or whether a link is to be moved. */
  asks?: 'join' | 'move';
  /** Where the person goes on after signing in (again), a path on this origin. */
  resumeAt?: string | undefined;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const factsByRequest = new WeakMap<Request, RequestFacts>();

function begin(req: Request): RequestFacts {
  const given = req.get('x-cr-correlation-id');
  return {
    context: {
      correlationId: given !== undefined && UUID.test(given) ? given : randomUUID(),
      ip: req.ip,
      userAgent: req.get('user-agent'),
      // Read where somebody signs up, and not from the cookies of every request.
      get invitation() {
        return invitationOf(req);
      },
    },
    fromBrowser: req.get('sec-fetch-site') !== undefined || req.get('origin') !== undefined,
  };
}

export function factsOf(req: Request): RequestFacts {
  const current = factsByRequest.get(req) ?? begin(req);
  factsByRequest.set(req, current);
  return current;
}

/** @throws LatchkeyError `unauthenticated` */
export function signedInOf(req: Request): SignedInUser {
  const { signedIn } = factsOf(req);
  if (signedIn === undefined) throw new LatchkeyError('unauthenticated');
  return signedIn;
}

/** The session of ours that signs the request; undefined where the host's own does. */
export function signingSessionOf({ session, by }: SignedInUser): SessionRef | undefined {
  return session === undefined || by === 'host' ? undefined : { id: session.id, idles: by === 'cookie' };
}

/** The permit of this request. It exists only after the anti-lockout middleware. */
export function permitOf(req: Request): Permit {
  const { permit } = factsOf(req);
  if (permit === undefined) throw new TypeError('The anti-lockout middleware must stand before this handler');
  return permit;
}

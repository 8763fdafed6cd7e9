// Where the host wants it, changes to sign-in methods need a sign-in that is not too old.

import type { Request, RequestHandler } from 'express';
import { LatchkeyError } from '../accounts/errors.js';
import { signedInOf } from '../http/request-facts.js';

/** When the person signed in by the host's own session; undefined where the host does not know. */
export type HostSignInTime = (req: Request) => Date | undefined;

/** `reauthentication_required` unless the person signed in within `withinMs`; undefined asks nothing. */
export function recentSignIn(withinMs: number | undefined, hostSignInTime: HostSignInTime = () => undefined): RequestHandler {
  function signedInAt(req: Request): Date | undefined {
    const { session, by } = signedInOf(req);
    const times = [
      session?.revokedAt === undefined ? session?.authenticatedAt : undefined,
      by === 'host' ? hostSignInTime(req) : undefined,
    ];
    return times.filter((time) => time !== undefined).sort((a, b) => b.getTime() - a.getTime())[0];
  }

  return (req, _res, next) => {
    if (withinMs === undefined) return next();
    const at = signedInAt(req);
    const recent = at !== undefined && Date.now() - at.getTime() <= withinMs;
    next(recent ? undefined : new LatchkeyError('reauthentication_required'));
  };
}

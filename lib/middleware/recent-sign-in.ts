// Where the host wants it, changes to sign-in methods need a sign-in that is not too old.

import type { RequestHandler } from 'express';
import { LatchkeyError } from '../errors.js';
import { signedInOf } from './current.js';

/** `reauthentication_required` unless the person signed in within `withinMs`; undefined asks nothing. */
export function recentSignIn(withinMs: number | undefined): RequestHandler {
  return (req, _res, next) => {
    if (withinMs === undefined) return next();
    const { session } = signedInOf(req);
    const recent = session !== undefined && session.revokedAt === undefined && Date.now() - session.createdAt.getTime() <= withinMs;
    next(recent ? undefined : new LatchkeyError('reauthentication_required'));
  };
}

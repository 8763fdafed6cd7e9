// Our guards on the host's own routes: failures go to the host's error handler, with the HTTP status it expects.

import type { RequestHandler } from 'express';
import { toLatchkeyError } from '../accounts/errors.js';
import { httpStatusOf } from '../dialects/biore.js';
import { factsOf, signedInOf } from '../http/request-facts.js';

/** The user in `req.user` of a host's handler, unless the host's own session signed the request and has put its own user there. */
export interface RequestUser {
  readonly id: string;
  readonly email: string | undefined;
  /** Whether this person has proven the address. If false, anybody may have typed it, so grant nothing because of it. */
  readonly emailVerified: boolean;
  readonly nickname: string;
}

/** A change that our cookie session signs must come from the same origin; a request that the host's own session signs is left to the host. */
export function forHost(guard: RequestHandler, sameOrigin: RequestHandler): RequestHandler {
  return (req, res, next) => {
    const done = (thrown?: unknown) => {
      if (thrown !== undefined) {
        const error = toLatchkeyError(thrown);
        return next(Object.assign(error, { status: httpStatusOf(error) }));
      }
      const signedIn = signedInOf(req);
      const { id, email, emailVerified, nickname } = signedIn.account.user;
      const target = req as { user?: unknown };
      // Where both came, the token alone decided: the session's user must not stand where its person is looked for.
      if (signedIn.by !== 'host' || target.user === undefined) target.user = { id, email, emailVerified, nickname } satisfies RequestUser;
      next();
    };
    void guard(req, res, (thrown?: unknown) => {
      if (thrown === undefined && factsOf(req).signedIn?.by === 'cookie') void sameOrigin(req, res, done);
      else done(thrown);
    });
  };
}

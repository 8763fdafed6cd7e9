// Our guards on the host's own routes: failures go to the host's error handler, with the HTTP status it expects.

import type { Request, RequestHandler } from 'express';
import type { User } from '../accounts/types.js';
import { biore } from '../dialects/biore.js';
import { toLatchkeyError } from '../errors.js';
import { currentOf } from './current.js';

/** What a host's handler finds in `req.user`, unless the host has put its own user there. */
export interface RequestUser {
  readonly id: string;
  readonly email: string | undefined;
  readonly nickname: string;
}

export function forHost(guard: RequestHandler, userOf: (req: Request) => User | undefined): RequestHandler {
  return (req, res, next) => {
    void guard(req, res, (thrown?: unknown) => {
      if (thrown !== undefined) {
        const error = toLatchkeyError(thrown);
        const { status } = biore.failure(error, { correlationId: currentOf(req).context.correlationId, debug: false });
        return next(Object.assign(error, { status }));
      }
      const user = userOf(req);
      const target = req as { user?: unknown };
      if (user !== undefined) target.user ??= { id: user.id, email: user.email, nickname: user.nickname } satisfies RequestUser;
      next();
    });
  };
}

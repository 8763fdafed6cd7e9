// The anti-lockout middleware on a host's own routes: it asks the rule, and remembers who asked, for the change that follows.

import type { Request, RequestHandler, Response } from 'express';
import type { Permit, Removable } from '../accounts/anti-lockout.js';
import { LatchkeyError, toLatchkeyError } from '../accounts/errors.js';
import type { Session } from '../accounts/session-ports.js';
import type { RequestContext, User } from '../accounts/types.js';
import { httpStatusOf } from '../dialects/biore.js';
import { factsOf, permitOf, signedInOf } from '../http/request-facts.js';
import type { RemovableOf } from '../middleware/anti-lockout.js';
import { handleAsync } from '../middleware/respond.js';

/** The person who asks for the removal that a permit allows. */
export interface Asking {
  readonly session: Session | undefined;
  readonly context: RequestContext;
  /** To be called after the person's ways in have changed. */
  renewSession(): Promise<void>;
}

export interface HostGuard {
  /**
   * For the host's own routes, after `requireUser`. It refuses with an error of `status` 400 if the last way in would be removed (`code`
   * `only_sign_in_method`) or if there is nothing to remove (`not_linked`, `password_required`); else the handler gets its permit from
   * `permitOf(req)`.
   */
  antiLockout(removableOf: (req: Request) => Removable): RequestHandler;
  /** Undefined for a permit that no request of ours was given. */
  askingBy(permit: Permit): Asking | undefined;
}

export interface HostGuardOptions {
  antiLockout(removableOf: RemovableOf): RequestHandler;
  renewSession(req: Request, res: Response): Promise<void>;
  hasPassword(user: User): Promise<boolean>;
}

export function createHostGuard({ antiLockout, renewSession, hasPassword }: HostGuardOptions): HostGuard {
  const asking = new WeakMap<Permit, Asking>();
  /** The rule lets a password go that is not there: our own calls set what is stored, and a host's removes it. */
  const passwordIsThere = handleAsync(async (req, _res, next) => {
    const isAsked = permitOf(req).removing.kind === 'password';
    if (isAsked && !(await hasPassword(signedInOf(req).account.user))) throw new LatchkeyError('password_required');
    next();
  });

  return {
    antiLockout(removableOf) {
      const ask = antiLockout(removableOf);
      return (req, res, next) => {
        const unless = (go: () => void) => (thrown?: unknown) => {
          if (thrown === undefined) return go();
          const error = toLatchkeyError(thrown);
          next(Object.assign(error, { status: httpStatusOf(error) }));
        };
        const keep = () => {
          const { session } = signedInOf(req);
          asking.set(permitOf(req), { session, context: factsOf(req).context, renewSession: () => renewSession(req, res) });
          next();
        };
        void ask(
          req,
          res,
          unless(() => void passwordIsThere(req, res, unless(keep))),
        );
      };
    },
    askingBy: (permit) => asking.get(permit),
  };
}

// The anti-lockout middleware on a host's own routes: it asks the rule, and keeps who asked, for the act behind it.

import type { Request, RequestHandler, Response } from 'express';
import { toLatchkeyError } from '../accounts/errors.js';
import type { Permit, Removable } from '../accounts/permit.js';
import type { Session } from '../accounts/ports.js';
import type { RequestContext } from '../accounts/types.js';
import { httpStatusOf } from '../dialects/biore.js';
import { factsOf, permitOf, signedInOf } from '../http/request-facts.js';
import type { RemovableOf } from '../middleware/anti-lockout.js';

/** Who asks for what a permit lets go. */
export interface Asking {
  readonly session: Session | undefined;
  readonly context: RequestContext;
  /** Comes after what a person can sign in with has changed. */
  renewSession(): Promise<void>;
}

export interface HostGuard {
  /**
   * For the host's own routes, behind `requireUser`: refuses with an error whose `status` is 400 what would take the last way in
   * away (`code` `only_sign_in_method`) or is not there (`not_linked`); else the handler finds its permit by `permitOf(req)`.
   */
  antiLockout(removableOf: (req: Request) => Removable): RequestHandler;
  /** Undefined for a permit that no request of ours was given. */
  askingBy(permit: Permit): Asking | undefined;
}

export interface HostGuardOptions {
  antiLockout(removableOf: RemovableOf): RequestHandler;
  renewSession(req: Request, res: Response): Promise<void>;
}

export function createHostGuard({ antiLockout, renewSession }: HostGuardOptions): HostGuard {
  const asking = new WeakMap<Permit, Asking>();
  return {
    antiLockout(removableOf) {
      const ask = antiLockout(removableOf);
      return (req, res, next) =>
        void ask(req, res, (thrown?: unknown) => {
          if (thrown !== undefined) {
            const error = toLatchkeyError(thrown);
            return next(Object.assign(error, { status: httpStatusOf(error) }));
          }
          const { session } = signedInOf(req);
          asking.set(permitOf(req), { session, context: factsOf(req).context, renewSession: () => renewSession(req, res) });
          next();
        });
    },
    askingBy: (permit) => asking.get(permit),
  };
}

// The guard on the route: asks the rule early, refuses in a friendly way, and hands the handler a permit; and the unlink that uses the
// permit, in every dialect.

import type { Request, RequestHandler, Response } from 'express';
import { askPermit, type Removable } from '../accounts/anti-lockout.js';
import type { Links } from '../accounts/links.js';
import type { MethodFacts } from '../accounts/ports.js';
import type { UsableMethods } from '../accounts/usable-methods.js';
import { factsOf, permitOf, signedInOf } from '../http/request-facts.js';
import { handleAsync } from './respond.js';

export interface AntiLockoutOptions {
  readonly repository: MethodFacts;
  readonly usable: UsableMethods;
}

/** What the request wants to take away; undefined when it takes nothing away. */
export type RemovableOf = (req: Request) => Removable | undefined;

export function antiLockout({ repository, usable }: AntiLockoutOptions): (removableOf: RemovableOf) => RequestHandler {
  return (removableOf) =>
    handleAsync(async (req, _res, next) => {
      const removing = removableOf(req);
      if (removing === undefined) return next();
      const { account } = signedInOf(req);
      factsOf(req).permit = await askPermit(account, removing, repository, usable);
      next();
    });
}

/** Behind the guard. */
export type Unlink = (req: Request, res: Response) => Promise<void>;

/** The link goes, and the browser that asked gets a new session id. The package's types come by here, and need none of express-session's. */
export function createUnlink(links: Pick<Links, 'unlink'>, renewSession: (req: Request, res: Response) => Promise<void>): Unlink {
  return async (req, res) => {
    await links.unlink(permitOf(req), signedInOf(req).session, factsOf(req).context);
    await renewSession(req, res);
  };
}

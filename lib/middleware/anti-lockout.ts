// The guard on the route: asks the rule early, refuses in a friendly way, and hands the handler a permit.

import type { Request, RequestHandler } from 'express';
import { askPermit, type Removable } from '../accounts/anti-lockout.js';
import type { MethodFacts } from '../accounts/ports.js';
import type { UsableMethods } from '../accounts/usable-methods.js';
import { factsOf, signedInOf } from '../http/request-facts.js';
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

// Says what a request is trying, so that a failure of it is written down under the right name.

import type { Request, RequestHandler } from 'express';
import { type Action, factsOf } from '../http/request-facts.js';

export function auditAction(action: Action | ((req: Request) => Action | undefined)): RequestHandler {
  return (req, _res, next) => {
    const named = typeof action === 'function' ? action(req) : action;
    if (named !== undefined) factsOf(req).action = named;
    next();
  };
}

/** Runs `handler` only for requests that it `applies` to. */
export function when(applies: (req: Request) => boolean, handler: RequestHandler): RequestHandler {
  return (req, res, next) => (applies(req) ? handler(req, res, next) : next());
}

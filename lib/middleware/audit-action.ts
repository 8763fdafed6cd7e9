// Notes what a request is about, what it tries and with which provider, so that its failure is recorded under the right name.

import type { Request, RequestHandler } from 'express';
import type { Config } from '../../config/config.js';
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

/** Leaves the route to whoever stands behind us; for a configured provider, notes what the request is about. */
export function configuredOnly({ providers }: Pick<Config, 'providers'>, providerOf: (req: Request) => string): RequestHandler {
  return (req, _res, next) => {
    const provider = providerOf(req);
    factsOf(req).provider = provider;
    next(providers.has(provider) ? undefined : 'route');
  };
}

// A path that names no configured provider is the host's.

import type { Request, RequestHandler } from 'express';
import type { Config } from '../../config/config.js';
import { factsOf } from '../http/request-facts.js';

/** Leaves the route to whoever stands behind us; for a configured provider, notes what the request is about. */
export function configuredOnly({ providers }: Pick<Config, 'providers'>, providerOf: (req: Request) => string): RequestHandler {
  return (req, _res, next) => {
    const provider = providerOf(req);
    factsOf(req).provider = provider;
    next(providers.has(provider) ? undefined : 'route');
  };
}

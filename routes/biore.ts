// BIO.RE: one call, with its allow-list.

import { type RequestHandler, Router } from 'express';
import { LatchkeyError } from '../lib/accounts/errors.js';
import { biore } from '../lib/dialects/biore.js';
import { factsOf } from '../lib/http/request-facts.js';
import { failWith, respond } from '../lib/middleware/respond.js';
import { securityHeaders } from '../lib/middleware/security-headers.js';
import { BIORE_PROVIDERS } from '../lib/providers/index.js';
import { at, type Parts } from './parts.js';

/** The document's own list, whatever is configured. */
const allowList: RequestHandler = (req, _res, next) => {
  next(BIORE_PROVIDERS.includes(String(req.params.provider)) ? undefined : new LatchkeyError('provider_disabled'));
};

export function bioreRouter(parts: Parts, prefixes: readonly string[]): Router {
  const { config, guards, unlink } = parts;
  const { crossOrigin } = guards;
  const router = Router();
  router.options(at(prefixes, '/auth/oauth/unlink/:provider'), crossOrigin);
  router.delete(
    at(prefixes, '/auth/oauth/unlink/:provider'),
    crossOrigin,
    securityHeaders,
    ...guards.unlinking((req) => {
      const provider = String(req.params.provider);
      factsOf(req).provider = provider;
      return { kind: 'link', provider };
    }, allowList),
    respond(biore, async (req, res) => {
      await unlink(req, res);
      return { message: 'Provider unlinked successfully' };
    }),
  );
  router.use(failWith(biore, { ...parts, debug: config.debug }));
  return router;
}

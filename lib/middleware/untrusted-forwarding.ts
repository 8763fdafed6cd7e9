// Says once that a proxy seems to stand before a server that trusts none: everybody would be one client to the rate limits.

import type { RequestHandler } from 'express';
import type { Logger } from '../support/logger.js';

const ADVICE =
  'X-Forwarded-For arrived, and no proxy is trusted, so that all people behind it count as one client: set TRUST_PROXY to the number of proxies ' +
  '(in an Express app of your own: app.set("trust proxy", 1)), or have nothing send this header';

/** Anybody can send the header, so it is said once, and nothing of what it says. */
export function untrustedForwarding(logger: Logger): RequestHandler {
  let isSaid = false;
  return (req, _res, next) => {
    if (!isSaid && req.headers['x-forwarded-for'] !== undefined && !req.app.get('trust proxy')) {
      isSaid = true;
      logger.warn({ trustProxy: 0 }, ADVICE);
    }
    next();
  };
}

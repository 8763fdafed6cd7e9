// Tells the operator if our routers are mounted elsewhere than configured, or after a middleware or proxy that is in their way.

import type { Request, RequestHandler } from 'express';
import type { Logger } from '../support/logger.js';

function sentence(found: string, told: string): string {
  const whole = told === '' ? '' : ` (it is "${told}")`;
  return (
    `Latchkey is mounted at "${found}", which differs from \`paths.mount\`${whole}: providers would send people back to a path that does not answer. ` +
    `Pass \`paths: { mount: '${found}' }\` to latchkey() and register BASE_URL${found}/callback/openid/… as redirect URIs, or mount it with app.use(keys.router)`
  );
}

/** Some middleware that refuses forms it has not given a token to has seen the request before us. */
const wantsToken = (req: Request) => typeof (req as { readonly csrfToken?: unknown }).csrfToken === 'function';

/**
 * Fails every request with a TypeError that says how to mend it, where the router is mounted elsewhere than the host has told.
 * Told of a prefix that a proxy takes away, it is only seen in part, or not at all.
 */
export function mountedAsTold(mount: string, logger: Logger): RequestHandler {
  let failed = false;
  let warned = false;
  return (req, _res, next) => {
    const { baseUrl } = req;
    if (!mount.toLowerCase().endsWith(baseUrl.toLowerCase())) {
      const error = new TypeError(sentence(baseUrl, mount));
      if (!failed) logger.error({ mountedAt: baseUrl, told: mount }, error.message);
      failed = true;
      return next(error);
    }
    if (!warned && wantsToken(req)) {
      warned = true;
      logger.warn(
        {},
        'a CSRF middleware is mounted before Latchkey and refuses its forms and calls, which are protected by an origin check: mount keys.router before it',
      );
    }
    next();
  };
}

const ADVICE =
  'X-Forwarded-For arrived, but no proxy is trusted, so all people behind the proxy count as one client: set TRUST_PROXY to the number of proxies ' +
  '(in your own Express app: app.set("trust proxy", 1)), or make sure that nothing sends this header';

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

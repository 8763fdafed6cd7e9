// Stands before all our routers: addresses that providers and pages lead to must be those at which we answer.

import type { Request, RequestHandler } from 'express';
import type { Logger } from '../support/logger.js';

function sentence(found: string, told: string): string {
  const whole = told === '' ? '' : ` (it is "${told}")`;
  return (
    `Latchkey is mounted at "${found}", which \`paths.mount\` does not say${whole}: providers would send people back to where nobody answers. ` +
    `Pass \`paths: { mount: '${found}' }\` to latchkey() and register BASE_URL${found}/callback/openid/… as redirect URIs, or mount it by app.use(keys.router)`
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
        'a CSRF middleware stands before Latchkey and refuses its forms and calls, which show by their origin that they are no forgery: mount keys.router before it',
      );
    }
    next();
  };
}

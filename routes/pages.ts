// The callback of flows that were prepared by JSON: a small page, which finishes only what this browser began.

import { type Request, type RequestHandler, Router } from 'express';
import helmet from 'helmet';
import { describeError } from '../lib/describe-error.js';
import { currentOf } from '../lib/middleware/current.js';
import { protect } from '../lib/middleware/protect.js';
import { FINISH_SCRIPT, PAGE_STYLE } from '../lib/pages/assets.js';
import { type CallbackView, renderCallbackPage } from '../lib/pages/callback-page.js';
import { cloudreveNumber, providerOfCallbackSegment } from '../lib/providers/catalogue.js';
import type { Parts } from './parts.js';

const ASSETS = '/callback/openid/assets';

const pagePolicy = helmet.contentSecurityPolicy({
  useDefaults: false,
  directives: {
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    'style-src': ["'self'"],
    'connect-src': ["'self'"],
    'base-uri': ["'none'"],
    'form-action': ["'none'"],
    'frame-ancestors': ["'none'"],
  },
});

const asset =
  (type: string, text: string): RequestHandler =>
  (_req, res) => {
    res.type(type).setHeader('Cache-Control', 'public, max-age=3600');
    res.send(text);
  };

/** One text value of the query; a repeated parameter counts as none. */
function queryText(req: Request, name: string): string | undefined {
  const value = req.query[name];
  return typeof value === 'string' ? value : undefined;
}

export function pagesRouter(parts: Parts, cloudrevePrefixes: readonly string[]): Router {
  const { config, flowCookie, flows, logger } = parts;

  async function viewOf(req: Request, provider: string): Promise<CallbackView> {
    const [code, state, iss] = [queryText(req, 'code'), queryText(req, 'state'), queryText(req, 'iss')];
    if (code === undefined || state === undefined) return { kind: 'refused' };
    const provider_id = cloudreveNumber(provider) ?? provider;
    const evidence = { browserSecret: flowCookie.read(req), fromBrowser: true, bindingSecret: undefined };
    const flow = await flows.peek({ provider, id: state, evidence, userId: undefined });
    if (flow === undefined) return { kind: 'hand-back', body: { code, session_id: state, provider_id } };
    const body = { code, session_id: state, provider_id, ...(iss === undefined ? {} : { iss }) };
    return { kind: 'finish', url: `${cloudrevePrefixes[0] ?? ''}/session/openid`, body };
  }

  const providerOf = (req: Request) => providerOfCallbackSegment(String(req.params.segment)) ?? '';

  /** A path that names no configured provider is the host's. */
  const configuredOnly: RequestHandler = (req, _res, next) => next(config.providers.has(providerOf(req)) ? undefined : 'route');

  const callback: RequestHandler = async (req, res) => {
    try {
      const view = await viewOf(req, providerOf(req));
      res.type('html').send(renderCallbackPage({ appName: config.appName, assets: ASSETS, view }));
    } catch (error) {
      logger.warn(
        { err: describeError(error), correlationId: currentOf(req).context.correlationId },
        'the callback page could not be made',
      );
      res.status(503).type('text').send('Service temporarily unavailable');
    }
  };

  const router = Router();
  router.get(`${ASSETS}/finish.js`, protect, asset('text/javascript', FINISH_SCRIPT));
  router.get(`${ASSETS}/page.css`, protect, asset('text/css', PAGE_STYLE));
  router.get('/callback/openid/:segment', configuredOnly, protect, pagePolicy, callback);
  return router;
}

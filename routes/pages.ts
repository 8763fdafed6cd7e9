// The callback of flows that were prepared by JSON: a small page, which finishes only what this browser began.

import { type ErrorRequestHandler, type Request, type RequestHandler, Router } from 'express';
import helmet from 'helmet';
import { describeError } from '../lib/describe-error.js';
import { type FailureCode, toLatchkeyError } from '../lib/errors.js';
import { currentOf } from '../lib/middleware/current.js';
import { protect } from '../lib/middleware/protect.js';
import { FINISH_SCRIPT, PAGE_STYLE } from '../lib/pages/assets.js';
import { answerOfForm, answerOfQuery, type CallbackAnswer, createPostedAnswers } from '../lib/pages/callback-answer.js';
import { type CallbackView, renderCallbackPage } from '../lib/pages/callback-page.js';
import { formBody } from '../lib/pages/form-body.js';
import { callbackSegment, cloudreveNumber, providerOfCallbackSegment } from '../lib/providers/catalogue.js';
import type { Parts } from './parts.js';

const CALLBACK = '/callback/openid/:segment';
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

/** A page that tells its opener must be able to see it; our other answers are cut off from whoever opened them. */
const withOpener: RequestHandler = (_req, res, next) => {
  res.removeHeader('Cross-Origin-Opener-Policy');
  next();
};

/** What a posted answer can be refused for; anything else is an outage. */
const STATUSES: ReadonlyMap<FailureCode, number> = new Map([
  ['validation_failed', 400],
  ['payload_too_large', 413],
  ['unsupported_media_type', 415],
  ['rate_limited', 429],
]);

/** A name that cannot be percent-decoded names no provider, so it is the host's like any other. */
const undecodable: ErrorRequestHandler = (thrown: unknown, _req, _res, next) => next(thrown instanceof URIError ? undefined : thrown);

export function pagesRouter(parts: Parts, cloudrevePrefixes: readonly string[]): Router {
  const { config, flowCookie, flows, guards, logger, store } = parts;
  const posted = createPostedAnswers(store);

  /** An answer that was posted is asked for by its ticket; it never stands in a URL. */
  async function answerOf(req: Request, provider: string): Promise<CallbackAnswer> {
    const ticket = req.query.answer;
    return typeof ticket === 'string' ? await posted.read(provider, ticket) : answerOfQuery(req.query);
  }

  /** The `user` field tells who somebody is, so only the browser that began the flow gets it. */
  async function viewOf(req: Request, provider: string): Promise<CallbackView> {
    const { code, state, iss, error, user } = await answerOf(req, provider);
    if (code === undefined || state === undefined || error !== undefined) return { kind: 'refused' };
    const body = { code, session_id: state, provider_id: cloudreveNumber(provider) ?? provider };
    const evidence = { browserSecret: flowCookie.read(req), fromBrowser: true, bindingSecret: undefined };
    const flow = await flows.peek({ provider, id: state, evidence, userId: undefined });
    if (flow === undefined) return { kind: 'hand-back', body };
    const given = { ...(iss === undefined ? {} : { iss }), ...(user === undefined ? {} : { user }) };
    return { kind: 'finish', url: `${cloudrevePrefixes[0] ?? ''}/session/openid`, body: { ...body, ...given } };
  }

  const providerOf = (req: Request) => providerOfCallbackSegment(String(req.params.segment)) ?? '';

  /** A path that names no configured provider is the host's. */
  const configuredOnly: RequestHandler = (req, _res, next) => next(config.providers.has(providerOf(req)) ? undefined : 'route');

  const pageOf = (view: CallbackView) => renderCallbackPage({ appName: config.appName, assets: ASSETS, view });

  const show: RequestHandler = async (req, res, next) => {
    try {
      res.type('html').send(pageOf(await viewOf(req, providerOf(req))));
    } catch (error) {
      next(error);
    }
  };

  /** 303 makes the browser come back by GET, a navigation on which the flow cookie travels. */
  const receive: RequestHandler = async (req, res, next) => {
    try {
      const [provider, answer] = [providerOf(req), answerOfForm(req.body)];
      if (answer.state === undefined || (answer.code ?? answer.error) === undefined) {
        res
          .status(400)
          .type('html')
          .send(pageOf({ kind: 'refused' }));
        return;
      }
      const ticket = await posted.keep(provider, answer);
      res
        .status(303)
        .location(`/callback/openid/${callbackSegment(provider)}?answer=${ticket}`)
        .end();
    } catch (error) {
      next(error);
    }
  };

  const failed: ErrorRequestHandler = (thrown: unknown, req, res, _next) => {
    const error = toLatchkeyError(thrown);
    const status = STATUSES.get(error.code);
    if (status !== undefined) {
      res
        .status(status)
        .type('html')
        .send(pageOf({ kind: 'failed', message: error.message }));
      return;
    }
    const { correlationId } = currentOf(req).context;
    logger.warn({ err: describeError(thrown), correlationId }, 'the callback page could not be made');
    res.status(503).type('text').send('Service temporarily unavailable');
  };

  const router = Router();
  router.get(`${ASSETS}/finish.js`, protect, asset('text/javascript', FINISH_SCRIPT));
  router.get(`${ASSETS}/page.css`, protect, asset('text/css', PAGE_STYLE));
  router.get(CALLBACK, configuredOnly, protect, withOpener, pagePolicy, show, failed);
  router.post(CALLBACK, configuredOnly, protect, withOpener, pagePolicy, guards.limits.finish, formBody, receive, failed);
  router.use(undecodable);
  return router;
}

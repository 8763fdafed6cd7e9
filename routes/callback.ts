// The callback: finishes what a browser began at `/auth/…`, and shows a small page for flows that were prepared by JSON.

import { type Request, Router } from 'express';
import { LatchkeyError } from '../lib/accounts/errors.js';
import { doorOf } from '../lib/accounts/flows.js';
import { isRefusal, shownError } from '../lib/accounts/provider-clients.js';
import { factsOf } from '../lib/http/request-facts.js';
import { configuredOnly, when } from '../lib/middleware/audit-action.js';
import { formBody } from '../lib/middleware/bodies.js';
import { navigationsOnly, withOpener } from '../lib/middleware/navigations.js';
import { handleAsync } from '../lib/middleware/respond.js';
import { securityHeaders } from '../lib/middleware/security-headers.js';
import { answerOfForm, answerOfQuery, type CallbackAnswer, createPostedAnswers } from '../lib/pages/callback-answer.js';
import type { Page } from '../lib/pages/page.js';
import { callbackSegment, cloudreveNumber, providerOfCallbackSegment } from '../lib/providers/index.js';
import { createCallbackEnd, evidenceOf } from './callback-end.js';
import { openersOf, tellOpener } from './opener.js';
import { pageAssets } from './page-assets.js';
import { failOnPage, undecodable } from './page-failures.js';
import type { Parts } from './parts.js';
import { createPendingIdentityEnds } from './pending-identity.js';
import { createSameSiteHop } from './same-site-hop.js';

/** A posted answer was counted when it was posted. */
const finishesHere = (req: Request) => typeof req.query.state === 'string' && doorOf(req.query.state) === 'callback';

const providerOf = (req: Request) => providerOfCallbackSegment(String(req.params.segment)) ?? '';

/** Of no flow of ours, or of one that another client finishes: that it was this person who said no, nobody knows without a state. */
function refused(error: string, state: string | undefined): LatchkeyError {
  if (state !== undefined && state !== '' && isRefusal(error)) return new LatchkeyError('denied');
  const said = shownError(error);
  return new LatchkeyError('denied', { detail: `the provider answered ${said}`, said });
}

export function pagesRouter(parts: Parts, cloudrevePrefixes: readonly string[]): Router {
  const { config, flowCookie, flows, guards, paths, show, store } = parts;
  const { optionalUser, limits } = guards;
  const pendings = createPendingIdentityEnds(parts);
  const posted = createPostedAnswers(store);
  const finish = createCallbackEnd(parts, createSameSiteHop(parts, posted));

  /** An answer that was posted is asked for by its ticket; it never stands in a URL. */
  const isPosted = (req: Request) => typeof req.query.answer === 'string';

  async function answerOf(req: Request, provider: string): Promise<CallbackAnswer> {
    return isPosted(req) ? await posted.read(provider, String(req.query.answer)) : answerOfQuery(req.query);
  }

  /** The `user` field tells who somebody is, so only the browser that began the flow gets it. */
  async function pageFor(req: Request, { code, state, iss, error, user }: CallbackAnswer): Promise<Page> {
    const provider = providerOf(req);
    if (error !== undefined) throw refused(error, state);
    if (code === undefined || state === undefined) throw new LatchkeyError('denied');
    const body = { code, session_id: state, provider_id: cloudreveNumber(provider) ?? provider };
    const flow = await flows.peek({ provider, id: state, evidence: evidenceOf(flowCookie, req), userId: undefined });
    if (flow === undefined) return { kind: 'hand-back', body };
    const given = { ...(iss === undefined ? {} : { iss }), ...(user === undefined ? {} : { user }) };
    return {
      kind: 'finish',
      linking: flow.intent.kind === 'link',
      url: paths.inPublic(`${cloudrevePrefixes[0] ?? ''}/session/openid`),
      body: { ...body, ...given },
      origins: openersOf(config),
    };
  }

  const callback = handleAsync(async (req, res, next) => {
    const answer = await answerOf(req, providerOf(req));
    const { state } = answer;
    if (state === undefined || doorOf(state) === 'json') show(req, res, await pageFor(req, answer));
    else
      navigationsOnly(req, res, () => {
        const finishing = { provider: providerOf(req), state, answer, posted: isPosted(req) };
        handleAsync(() => finish(req, res, finishing))(req, res, next);
      });
  });

  /** 303 makes the browser come back by GET, a navigation on which our cookies travel. */
  const receive = handleAsync(async (req, res) => {
    const [provider, answer] = [providerOf(req), answerOfForm(req.body)];
    if (answer.state === undefined && answer.error !== undefined) throw refused(answer.error, undefined);
    if (answer.state === undefined || (answer.code ?? answer.error) === undefined) throw new LatchkeyError('denied');
    const ticket = await posted.keep(provider, answer);
    res
      .status(303)
      .location(`${paths.callback(callbackSegment(provider))}?answer=${ticket}`)
      .end();
  });

  const router = Router();
  const path = `${parts.mount.callback}/:segment`;
  router.use(pageAssets(`${parts.mount.callback}/assets`));
  const begin = [configuredOnly(config, providerOf), securityHeaders, withOpener] as const;
  router.get(path, ...begin, when(finishesHere, limits.finish), optionalUser, callback);
  router.post(path, ...begin, limits.finish, formBody, receive);
  router.use(undecodable);
  router.use(
    failOnPage(parts, {
      always: true,
      async ownPage(req, res, failure, status) {
        if (await pendings.showAsked(req, res, { status, failure })) return true;
        const { toOpener } = factsOf(req);
        const result = { success: false, errMsg: failure.message, identities: [] };
        if (toOpener === true) show(req, res, tellOpener(config, result), { status, failure });
        return toOpener === true;
      },
    }),
  );
  return router;
}

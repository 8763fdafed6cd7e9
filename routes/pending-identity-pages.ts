// `/account/join` and `/account/move`: the questions to a person whose identity conflicts with another account.

import { type Request, type Response, Router } from 'express';
import { LatchkeyError } from '../lib/accounts/errors.js';
import { redirect } from '../lib/http/redirect.js';
import { factsOf, signedInOf } from '../lib/http/request-facts.js';
import { safeReturnTo } from '../lib/http/return-to.js';
import { auditAction } from '../lib/middleware/audit-action.js';
import { optionalFormBody } from '../lib/middleware/bodies.js';
import { handleAsync } from '../lib/middleware/respond.js';
import { securityHeaders } from '../lib/middleware/security-headers.js';
import { failOnPage, resumeAt } from './page-failures.js';
import { at, type Parts } from './parts.js';
import { createPendingIdentityEnds } from './pending-identity.js';

export function pendingIdentityRouter(parts: Parts, prefixes: readonly string[]): Router {
  const { config, flowCookie, guards, moves, flashCookie, paths, renewSession } = parts;
  const { showJoin, showMove } = createPendingIdentityEnds(parts);
  const { limits, optionalUser, recentSignIn, requireUser, sameOrigin } = guards;

  async function move(req: Request, res: Response): Promise<void> {
    const { account, session } = signedInOf(req);
    const browser = flowCookie.read(req);
    if (browser === undefined) throw new LatchkeyError('flow_expired');
    factsOf(req).provider = (await moves.pending(browser, account.user.id))?.identity.provider ?? '';
    const { identity, returnTo } = await moves.move(browser, account, session, factsOf(req).context);
    await renewSession(req, res);
    flashCookie.leave(res, { kind: 'linked', provider: identity.provider });
    redirect(res, 303, safeReturnTo(returnTo, config.baseUrl));
  }

  const [join, moving] = [at(prefixes, '/account/join'), at(prefixes, '/account/move')];
  const router = Router();
  router.get(
    join,
    securityHeaders,
    optionalUser,
    handleAsync((req, res) => showJoin(req, res)),
  );
  const onMove = resumeAt(() => paths.move);
  router.get(
    moving,
    securityHeaders,
    onMove,
    requireUser,
    handleAsync((req, res) => showMove(req, res)),
  );
  router.post(
    moving,
    securityHeaders,
    optionalFormBody,
    onMove,
    auditAction('auth.oauth.link'),
    limits.finish,
    requireUser,
    sameOrigin,
    recentSignIn,
    handleAsync(move),
  );
  router.use(
    failOnPage(parts, {
      async ownPage(req, res, failure, status) {
        if (failure.code !== 'only_sign_in_method') return false;
        await showMove(req, res, { status });
        return true;
      },
    }),
  );
  return router;
}

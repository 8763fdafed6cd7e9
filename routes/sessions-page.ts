// `/account/sessions`: a person's sessions, and the plain forms that end them.

import { type Request, type RequestHandler, type Response, Router } from 'express';
import { type FailureCode, LatchkeyError } from '../lib/accounts/errors.js';
import type { AskingPerson } from '../lib/accounts/own-sessions.js';
import { maskAddress } from '../lib/http/client-address.js';
import type { FlashMessage } from '../lib/http/flash-cookie.js';
import { redirect } from '../lib/http/redirect.js';
import { factsOf, signedInOf } from '../lib/http/request-facts.js';
import { auditAction } from '../lib/middleware/audit-action.js';
import { optionalFormBody } from '../lib/middleware/bodies.js';
import { handleAsync } from '../lib/middleware/respond.js';
import { securityHeaders } from '../lib/middleware/security-headers.js';
import type { ShowOptions } from '../lib/pages/page-answers.js';
import { deviceName } from '../lib/support/user-agent.js';
import { sessionInput } from './biore-input.js';
import { failOnPage, onAccountPage, resumeAt, undecodable } from './page-failures.js';
import { at, type Parts } from './parts.js';

/** What is answered on the page itself. */
const ON_THE_PAGE: ReadonlySet<FailureCode> = new Set(['session_not_found', 'current_session', 'rate_limited']);

/** On a page the current session is the one that shows it. */
function personOf(req: Request): AskingPerson {
  const { account, session } = signedInOf(req);
  return { user: account.user, asking: session, current: session };
}

export function sessionsPageRouter(parts: Parts, prefixes: readonly string[]): Router {
  const { guards, flashCookie, ownSessions, paths, show } = parts;
  const { bioreLimits, requireUser, sameOrigin } = guards;

  async function showSessions(req: Request, res: Response, options: ShowOptions = {}): Promise<void> {
    const { user, current } = personOf(req);
    const sessions = (await ownSessions.list(user)).map(({ id, ip, userAgent, createdAt, lastSeenAt }) => ({
      device: deviceName(userAgent),
      address: maskAddress(ip),
      openedAt: createdAt,
      lastActiveAt: lastSeenAt,
      isCurrent: id === current?.id,
      endUrl: paths.endSession(id),
    }));
    const currentFirst = sessions.toSorted((one, other) => Number(other.isCurrent) - Number(one.isCurrent));
    show(req, res, { kind: 'sessions', sessions: currentFirst, endOthersUrl: paths.endOtherSessions }, options);
  }

  const page = handleAsync((req, res) => showSessions(req, res));

  /** After a change the browser comes back by GET, so that a reload repeats nothing. */
  const change = (call: (req: Request) => Promise<FlashMessage>): RequestHandler =>
    handleAsync(async (req, res) => {
      flashCookie.leave(res, await call(req));
      redirect(res, 303, paths.sessions);
    });

  async function endOne(req: Request): Promise<FlashMessage> {
    const given = sessionInput.safeParse(req.params);
    if (!given.success) throw new LatchkeyError('session_not_found');
    await ownSessions.end(personOf(req), given.data.id, factsOf(req).context);
    return { kind: 'session_ended' };
  }

  async function endOthers(req: Request): Promise<FlashMessage> {
    await ownSessions.endOthers(personOf(req), factsOf(req).context);
    return { kind: 'other_sessions_ended' };
  }

  const sessions = at(prefixes, '/account/sessions');
  const below = (path: string) => sessions.map((start) => `${start}${path}`);
  const onPage = resumeAt(() => paths.sessions);
  const changing = [securityHeaders, optionalFormBody, onPage] as const;
  const router = Router();
  router.get(sessions, securityHeaders, onPage, requireUser, page);
  router.post(
    below('/end-others'),
    ...changing,
    auditAction('auth.sessions.revoke_all'),
    requireUser,
    sameOrigin,
    bioreLimits.endSessions,
    change(endOthers),
  );
  router.post(
    below('/:id/end'),
    ...changing,
    auditAction('auth.sessions.revoke'),
    requireUser,
    sameOrigin,
    bioreLimits.endSession,
    change(endOne),
  );
  router.use(undecodable);
  router.use(
    failOnPage(parts, {
      ownPage: onAccountPage(parts, ON_THE_PAGE, (req, res, failure, status) => showSessions(req, res, { status, failure })),
    }),
  );
  return router;
}

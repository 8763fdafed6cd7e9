// BIO.RE's sessions: a list of the user's sessions, and calls that end them.

import { type Request, type Response, Router } from 'express';
import type { AskingPerson } from '../lib/accounts/own-sessions.js';
import { biore, toBioreSession } from '../lib/dialects/biore.js';
import { parseInput } from '../lib/http/input.js';
import { factsOf, signedInOf } from '../lib/http/request-facts.js';
import { auditAction } from '../lib/middleware/audit-action.js';
import { jsonBody } from '../lib/middleware/bodies.js';
import { failWith, respond } from '../lib/middleware/respond.js';
import { securityHeaders } from '../lib/middleware/security-headers.js';
import { sessionInput } from './biore-input.js';
import { at, type Parts } from './parts.js';

export function bioreSessionsRouter(parts: Parts, prefixes: readonly string[]): Router {
  const { config, currentSession, guards, ownSessions } = parts;
  const { bioreLimits, crossOrigin, requireUser, sameOrigin } = guards;

  async function personOf(req: Request): Promise<AskingPerson> {
    const { account, session } = signedInOf(req);
    return { user: account.user, asking: session, current: await currentSession(req) };
  }

  async function list(req: Request) {
    const { user, current } = await personOf(req);
    return { sessions: (await ownSessions.list(user)).map((session) => toBioreSession(session, current?.id)) };
  }

  async function endOne(req: Request): Promise<void> {
    const { id } = parseInput(sessionInput, req.params);
    await ownSessions.end(await personOf(req), id, factsOf(req).context);
  }

  async function endOthers(req: Request, _res: Response): Promise<void> {
    await ownSessions.endOthers(await personOf(req), factsOf(req).context);
  }

  const sessions = at(prefixes, '/auth/sessions');
  const [one, all] = [sessions.map((path) => `${path}/:id`), sessions.map((path) => `${path}/revoke-all`)];
  const begin = [crossOrigin, securityHeaders, jsonBody] as const;
  const router = Router();
  router.options([...sessions, ...one, ...all], crossOrigin);
  router.get(sessions, crossOrigin, securityHeaders, requireUser, bioreLimits.sessions, respond(biore, list));
  router.post(
    all,
    ...begin,
    auditAction('auth.sessions.revoke_all'),
    requireUser,
    sameOrigin,
    bioreLimits.endSessions,
    respond(biore, endOthers),
  );
  router.delete(
    one,
    ...begin,
    auditAction('auth.sessions.revoke'),
    requireUser,
    sameOrigin,
    bioreLimits.endSession,
    respond(biore, endOne),
  );
  router.use(failWith(biore, { ...parts, debug: config.debug }));
  return router;
}

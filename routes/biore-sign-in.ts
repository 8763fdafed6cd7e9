// BIO.RE's sign-in by password, and its sessions: `/auth/login`, `refresh`, `logout`, `me`, `change-password`.

import { type Request, type RequestHandler, type Response, Router } from 'express';
import { LatchkeyError } from '../lib/accounts/errors.js';
import { biore, toBioreUser } from '../lib/dialects/biore.js';
import { parseInput } from '../lib/http/input.js';
import { factsOf, signedInOf } from '../lib/http/request-facts.js';
import { auditAction } from '../lib/middleware/audit-action.js';
import { jsonBody } from '../lib/middleware/bodies.js';
import { failWith, respond } from '../lib/middleware/respond.js';
import { securityHeaders } from '../lib/middleware/security-headers.js';
import { changePasswordInput, loginInput, refreshInput } from './biore-input.js';
import { ACCESS_TTL_MS, accessAnswer, createOpenSession } from './biore-openings.js';
import { at, type Parts } from './parts.js';

export function bioreSignInRouter(parts: Parts, prefixes: readonly string[]): Router {
  const { config, cookieSessions, currentSession, familyCookie, guards, passwords, publicIds, refreshCookie, renewSession, tokens } = parts;
  const { bioreLimits, crossOrigin, limits, optionalUser, passwordDoors, recentSignIn, requireUser, sameOrigin } = guards;
  const open = createOpenSession(parts);

  async function login(req: Request, res: Response) {
    const credentials = parseInput(loginInput, req.body);
    return open(req, res, await passwords.signIn(credentials, 'tokens', passwordDoors.of(req, res), factsOf(req).context));
  }

  function refreshTokenOf(req: Request): string | undefined {
    const { refreshToken } = parseInput(refreshInput, req.body ?? {});
    return refreshCookie.read(req) ?? refreshToken ?? undefined;
  }

  async function refresh(req: Request, res: Response) {
    const token = refreshTokenOf(req);
    if (token === undefined) throw new LatchkeyError('refresh_refused');
    const isOwn = (family: string) => familyCookie.has(req, family);
    const { context } = factsOf(req);
    const dialect = { accessTtlMs: ACCESS_TTL_MS, onReuse: parts.endAllForReuse };
    const { family, pair } = await tokens.refresh(token, isOwn, context, dialect);
    familyCookie.note(req, res, family);
    refreshCookie.set(res, pair);
    return accessAnswer(pair);
  }

  /** By the token that names the session; without one, the session that signs the request. */
  async function leave(req: Request, res: Response): Promise<void> {
    const token = refreshTokenOf(req);
    const { context, signedIn } = factsOf(req);
    const family = token === undefined ? undefined : await tokens.familyOf(token);
    const named = family === undefined ? undefined : (await parts.sessions.find(family))?.session;
    const session = named ?? (token === undefined ? signedIn?.session : undefined);
    if (session !== undefined) await parts.ownSessions.leave(session, context);
    if (token === undefined && signedIn?.by === 'cookie') await cookieSessions.end(req, res);
  }

  async function logout(req: Request, res: Response) {
    await leave(req, res);
    refreshCookie.forget(res);
    return { message: 'Logged out successfully' };
  }

  async function changePassword(req: Request, res: Response): Promise<void> {
    const { currentPassword, newPassword } = parseInput(changePasswordInput, req.body);
    const asking = await currentSession(req);
    const change = { account: signedInOf(req).account, asking, currentPassword, door: passwordDoors.of(req, res), replaces: true };
    await passwords.set(change, newPassword, factsOf(req).context);
    await renewSession(req, res);
    // The refresh token of before has ended with the old password. A session that a cookie of ours carries is given none.
    const token = refreshCookie.read(req);
    if (token === undefined || asking === undefined || (await tokens.familyOf(token)) !== asking.id) return;
    const pair = await tokens.currentPair(asking.id);
    if (pair !== undefined) refreshCookie.set(res, pair);
  }

  /** Whoever leaves is let go, whatever became of them. */
  const whoeverItIs: RequestHandler = (req, res, next) => {
    const isOut = (error: unknown) => error instanceof LatchkeyError && (error.code === 'user_banned' || error.code === 'user_inactive');
    void optionalUser(req, res, (error?: unknown) => next(isOut(error) ? undefined : error));
  };

  const path = (name: string) => at(prefixes, `/auth/${name}`);
  const begin = [crossOrigin, securityHeaders, jsonBody] as const;
  const router = Router();
  router.options(['login', 'refresh', 'logout', 'me', 'change-password'].flatMap(path), crossOrigin);
  router.post(
    path('login'),
    ...begin,
    auditAction('auth.password.sign_in'),
    bioreLimits.login,
    passwordDoors.signIn,
    respond(biore, login),
  );
  router.post(path('refresh'), ...begin, limits.refresh, guards.refreshOrigin, respond(biore, refresh));
  router.post(path('logout'), ...begin, bioreLimits.logout, guards.refreshOrigin, whoeverItIs, sameOrigin, respond(biore, logout));
  router.get(
    path('me'),
    crossOrigin,
    securityHeaders,
    requireUser,
    bioreLimits.me,
    respond(biore, (req) => toBioreUser(signedInOf(req).account.user, publicIds)),
  );
  router.post(
    path('change-password'),
    ...begin,
    auditAction('auth.change_password'),
    requireUser,
    sameOrigin,
    bioreLimits.changePassword,
    passwordDoors.change,
    recentSignIn,
    respond(biore, changePassword),
  );
  router.use(failWith(biore, { ...parts, debug: config.debug }));
  return router;
}

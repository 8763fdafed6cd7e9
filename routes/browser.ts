// Sign-in with a browser: `/auth/…`, and the page of a person's ways to sign in.

import { type Request, type Response, Router } from 'express';
import { LatchkeyError } from '../lib/accounts/errors.js';
import type { Session } from '../lib/accounts/session-ports.js';
import { browser } from '../lib/dialects/browser.js';
import { toCloudreveUser } from '../lib/dialects/cloudreve.js';
import { parseInput } from '../lib/http/input.js';
import { isInvitation, keepInvitation, keepLastWay, lastWayOf } from '../lib/http/own-cookie.js';
import { redirect } from '../lib/http/redirect.js';
import { factsOf, signedInOf } from '../lib/http/request-facts.js';
import { safeReturnTo } from '../lib/http/return-to.js';
import { auditAction, configuredOnly } from '../lib/middleware/audit-action.js';
import { formBody } from '../lib/middleware/bodies.js';
import { navigationsOnly, withOpener } from '../lib/middleware/navigations.js';
import { isForeignNavigation } from '../lib/middleware/origins.js';
import { failWith, handleAsync, respond } from '../lib/middleware/respond.js';
import { securityHeaders } from '../lib/middleware/security-headers.js';
import { passwordSignInInput } from './cloudreve-input.js';
import { failOnPage, resumeAt, undecodable, wantsPage } from './page-failures.js';
import { at, type Parts } from './parts.js';
import { createPendingIdentityEnds } from './pending-identity.js';
import { type Start, startFlow } from './start-flow.js';

const providerOf = (req: Request) => String(req.params.provider);

export function browserRouter(parts: Parts, prefixes: readonly string[]): Router {
  const { config, cookieSessions, deviceCookie, guards, flashCookie, paths, passwords, publicIds, show, views } = parts;
  const {
    crossOrigin,
    baseUrlFirst,
    optionalUser,
    requireUser,
    sameOrigin,
    alwaysSameOrigin,
    ownNavigation,
    recentSignIn,
    limits,
    passwordDoors,
  } = guards;
  const pendings = createPendingIdentityEnds(parts);
  const isForeign = (req: Request) => isForeignNavigation(req, config.allowedOrigins);
  /** Another site may send people here, but not choose that a flow follows, such as one that links. */
  const returnToOf = (req: Request) => {
    const returnTo = safeReturnTo(req.query.returnTo, config.baseUrl);
    return paths.startsFlow(returnTo) && isForeign(req) ? paths.connections : returnTo;
  };

  /** Off to the provider, for whichever of the three reasons. */
  const travel = (why: Start['why']) => startFlow(parts, { why, entry: 'browser', providerOf, returnToOf });

  /** Cloudreve's user has no word for whether the address was proven: ours stands beside its fields. */
  function me(req: Request) {
    const { user } = signedInOf(req).account;
    return { user: { ...toCloudreveUser(user, publicIds), emailVerified: user.emailVerified } };
  }

  async function endFamily(session: Session | undefined): Promise<void> {
    if (session !== undefined) await parts.sessions.revoke(session.id, new Date());
  }

  const signOut = handleAsync(async (req, res) => {
    const { signedIn, token } = factsOf(req);
    if (signedIn?.by === 'token') await endFamily(signedIn.session);
    else if (token === 'ours') throw new LatchkeyError('unauthenticated');
    else await cookieSessions.end(req, res);
    if (!wantsPage(req)) return void res.status(204).end();
    flashCookie.leave(res, { kind: 'signed_out' });
    redirect(res, 303, paths.signIn);
  });

  const signInByPassword = handleAsync(async (req, res) => {
    const returnTo = safeReturnTo(req.body?.returnTo, config.baseUrl);
    factsOf(req).resumeAt = returnTo;
    const credentials = parseInput(passwordSignInInput, req.body);
    const opened = await passwords.signIn(credentials, 'cookie', passwordDoors.of(req, res), factsOf(req).context);
    const { user, session } = opened;
    deviceCookie.remember(req, res, user.id);
    keepLastWay(config.baseUrl, res, 'password');
    const { signedIn } = factsOf(req);
    const keep = signedIn?.by !== 'token' && signedIn?.account.user.id === user.id;
    const proofOnly = keep && signedIn?.by === 'host';
    await cookieSessions.begin(req, res, { userId: user.id, sessionId: session.id, proofOnly }, { keep });
    if (returnTo === paths.join) await pendings.join(req, res, opened, 303);
    else redirect(res, 303, returnTo);
  });

  const startPage = (req: Request, res: Response) => {
    if (factsOf(req).signedIn !== undefined) return redirect(res, 302, paths.connections);
    show(req, res, views.signIn(paths.connections, { lastWay: lastWayOf(config.baseUrl, req) }));
  };

  /** Following the link uses nothing up, so a scanner does no harm. */
  const followInvitation = handleAsync(async (req, res) => {
    const { token } = req.query;
    if (!isInvitation(token) || !(await parts.admissions.isOpen(token))) throw new LatchkeyError('sign_up_not_allowed');
    keepInvitation(config.baseUrl, res, token);
    redirect(res, 302, paths.signIn);
  });

  const begin = [configuredOnly(config, providerOf), securityHeaders, withOpener, navigationsOnly, baseUrlFirst] as const;
  const [mePath, signOutPath] = [at(prefixes, '/auth/me'), at(prefixes, '/auth/logout')];
  const start = at(prefixes, '/auth/:provider');
  const router = Router();
  router.options([...mePath, ...signOutPath], crossOrigin);
  router.get(mePath, crossOrigin, securityHeaders, requireUser, respond(browser, me), failWith(browser, { ...parts, debug: config.debug }));
  router.post(signOutPath, crossOrigin, securityHeaders, optionalUser, sameOrigin, signOut);
  if (parts.localAccounts)
    router.post(
      at(prefixes, '/auth/password'),
      securityHeaders,
      formBody,
      auditAction('auth.password.sign_in'),
      alwaysSameOrigin,
      passwordDoors.signIn,
      optionalUser,
      signInByPassword,
    );
  if (config.admission.invites)
    router.get(at(prefixes, '/auth/invitation'), securityHeaders, baseUrlFirst, limits.prepare, followInvitation);
  router.get(
    start,
    ...begin,
    resumeAt((req) => paths.start(providerOf(req), returnToOf(req))),
    auditAction('auth.oauth.sign_in'),
    limits.prepare,
    travel('sign-in'),
  );
  router.get(
    start.map((path) => `${path}/link`),
    ...begin,
    resumeAt((req) => (isForeign(req) ? paths.connections : paths.inPublic(req.url))),
    auditAction('auth.oauth.link'),
    limits.prepare,
    requireUser,
    ownNavigation,
    recentSignIn,
    travel('link'),
  );
  router.get(
    start.map((path) => `${path}/confirm`),
    ...begin,
    resumeAt(returnToOf),
    auditAction('auth.oauth.sign_in'),
    limits.prepare,
    requireUser,
    travel('reauthenticate'),
  );
  if (parts.startPage !== undefined) router.get(parts.startPage, securityHeaders, baseUrlFirst, optionalUser, startPage);
  router.use(undecodable);
  router.use(failOnPage(parts));
  return router;
}

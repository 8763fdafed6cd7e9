// The calls of an app with local accounts: sign up and sign in with a password, change settings.

import { type Request, type Response, Router } from 'express';
import { PASSWORD } from '../lib/accounts/anti-lockout.js';
import { cloudreve, toCloudreveToken, toCloudreveUser } from '../lib/dialects/cloudreve.js';
import { parseInput } from '../lib/http/input.js';
import { factsOf, permitOf, signedInOf } from '../lib/http/request-facts.js';
import { auditAction, when } from '../lib/middleware/audit-action.js';
import { jsonBody } from '../lib/middleware/bodies.js';
import { failWith, respond } from '../lib/middleware/respond.js';
import { securityHeaders } from '../lib/middleware/security-headers.js';
import { pendingSignUp } from './cloudreve-accounts.js';
import { passwordSignInInput, settingInput, signUpInput } from './cloudreve-input.js';
import { at, type Parts } from './parts.js';
import { signInPageRouter } from './sign-in-page.js';

const newPasswordOf = (req: Request): unknown => (typeof req.body === 'object' && req.body !== null ? req.body.new_password : undefined);

export function localAccountsRouter(parts: Parts, prefixes: readonly string[]): Router {
  const { deviceCookie, familyCookie, guards, passwords, publicIds, renewSession, repository, tokens } = parts;
  const { crossOrigin, requireUser, sameOrigin, recentSignIn, limits, passwordDoors, antiLockout } = guards;

  async function signIn(req: Request, res: Response) {
    const credentials = parseInput(passwordSignInInput, req.body);
    const { user, session } = await passwords.signIn(credentials, 'tokens', passwordDoors.of(req, res), factsOf(req).context);
    familyCookie.note(req, res, session.id);
    deviceCookie.remember(req, res, user.id);
    const pair = await tokens.firstPair(user, session);
    return { user: toCloudreveUser(user, publicIds), token: toCloudreveToken(pair) };
  }

  async function signUp(req: Request, res: Response) {
    const { email, password, language } = parseInput(signUpInput, req.body);
    const given = { email, password, language: language ?? '' };
    return toCloudreveUser(await passwords.signUp(given, passwordDoors.of(req, res), factsOf(req).context), publicIds);
  }

  async function changeSetting(req: Request, res: Response): Promise<void> {
    const { new_password, current_password, nick, language, preferred_theme } = parseInput(settingInput, req.body);
    const { account, session: asking } = signedInOf(req);
    const { context } = factsOf(req);
    const change = { account, asking, currentPassword: current_password ?? undefined, door: passwordDoors.of(req, res) };
    if (new_password === null) await passwords.remove(change, permitOf(req), context);
    else if (new_password !== undefined) await passwords.set(change, new_password, context);
    if (new_password !== undefined) await renewSession(req, res);
    await repository.updateSettings(account.user.id, {
      ...(nick === undefined ? {} : { nickname: nick }),
      ...(language === undefined ? {} : { language }),
      ...(preferred_theme === undefined ? {} : { preferredTheme: preferred_theme }),
    });
  }

  const changesPassword = (req: Request) => newPasswordOf(req) !== undefined;
  const [token, user, setting] = [at(prefixes, '/session/token'), at(prefixes, '/user'), at(prefixes, '/user/setting')] as const;
  const router = Router();
  router.options([...token, ...user, ...setting], crossOrigin);
  router.post(
    token,
    crossOrigin,
    securityHeaders,
    jsonBody,
    auditAction('auth.password.sign_in'),
    passwordDoors.signIn,
    respond(cloudreve, signIn),
  );
  router.post(
    user,
    crossOrigin,
    securityHeaders,
    jsonBody,
    auditAction('auth.password.sign_up'),
    passwordDoors.signUp,
    limits.signUp,
    parts.verifyEmail ? pendingSignUp(parts) : respond(cloudreve, signUp),
  );
  router.patch(
    setting,
    crossOrigin,
    securityHeaders,
    jsonBody,
    auditAction((req) => (changesPassword(req) ? (newPasswordOf(req) === null ? 'auth.password.remove' : 'auth.password.set') : undefined)),
    requireUser,
    sameOrigin,
    when(changesPassword, passwordDoors.change),
    when(changesPassword, limits.passwordChange),
    when(changesPassword, recentSignIn),
    antiLockout((req) => (newPasswordOf(req) === null ? PASSWORD : undefined)),
    respond(cloudreve, changeSetting),
  );
  router.use(signInPageRouter(parts, prefixes));
  router.use(failWith(cloudreve, { ...parts, debug: parts.config.debug }));
  return router;
}

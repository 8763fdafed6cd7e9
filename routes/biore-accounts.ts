// BIO.RE's accounts: sign up, prove an address, a forgotten password, a change of address.

import { type Request, type Response, Router } from 'express';
import { LatchkeyError } from '../lib/accounts/errors.js';
import { emailKey, normalEmail } from '../lib/accounts/keys.js';
import { biore } from '../lib/dialects/biore.js';
import { parseInput } from '../lib/http/input.js';
import { factsOf, signedInOf } from '../lib/http/request-facts.js';
import { auditAction } from '../lib/middleware/audit-action.js';
import { jsonBody } from '../lib/middleware/bodies.js';
import { failWith, respond } from '../lib/middleware/respond.js';
import { securityHeaders } from '../lib/middleware/security-headers.js';
import { createAddressRequests } from './address-requests.js';
import { addressInput, changeEmailInput, registerInput, resetPasswordInput, verifyEmailInput } from './biore-accounts-input.js';
import { at, type Parts } from './parts.js';

export function bioreAccountsRouter(parts: Parts, prefixes: readonly string[]): Router {
  const { addresses, config, guards, mayMail, passwords, publicIds, recovery, repository, signUps } = parts;
  const { bioreLimits, crossOrigin, passwordDoors, requireUser, sameOrigin } = guards;
  const requests = createAddressRequests(parts);

  const lineOf = (req: Request, res: Response, address?: string) => passwordDoors.of(req, res).try({ address, accounts: [] }).line;

  /** Whoever has the address is told by mail; whoever signs up reads the same, and an id that looks like any other. */
  async function register(req: Request, res: Response) {
    const { email, password, username, displayName, locale } = parseInput(registerInput, req.body);
    const { context } = factsOf(req);
    if (!config.signUp) throw new LatchkeyError('registration_closed');
    const given = { email, password, language: locale ?? '' };
    const nickname = displayName?.trim() || username || undefined;
    if (!parts.verifyEmail) {
      const user = await passwords.signUp({ ...given, nickname }, passwordDoors.of(req, res), context);
      return { userId: publicIds.userUuid(user.id) };
    }
    const address = normalEmail(email);
    const outcome = await signUps.signUp(
      { ...given, nickname, line: lineOf(req, res, address), mayMail: await mayMail(address), tellOwner: true },
      context,
    );
    return { userId: publicIds.userUuid(outcome.kind === 'known' ? `address ${emailKey(address)}` : outcome.user.id) };
  }

  async function verifyEmail(req: Request): Promise<void> {
    const { token } = parseInput(verifyEmailInput, req.body);
    await addresses.verify(token, undefined, factsOf(req).context);
  }

  async function resendVerification(req: Request, res: Response) {
    await requests.resend(req, res, parseInput(addressInput, req.body).email);
    return { message: 'Verification email sent (if account exists)' };
  }

  async function forgotPassword(req: Request, res: Response) {
    await requests.forgot(req, res, parseInput(addressInput, req.body).email);
    return { message: 'Password reset email sent if account exists' };
  }

  async function resetPassword(req: Request, res: Response): Promise<void> {
    const { token, newPassword } = parseInput(resetPasswordInput, req.body);
    await recovery.reset(token, { password: newPassword, line: lineOf(req, res) }, factsOf(req).context);
  }

  async function changeEmail(req: Request, res: Response) {
    const { newEmail, password } = parseInput(changeEmailInput, req.body);
    const { account, session: asking } = signedInOf(req);
    if (!(await repository.hasPassword(account.user))) throw new LatchkeyError('password_required');
    await passwords
      .assertKnows({ account, asking, currentPassword: password, door: passwordDoors.of(req, res) })
      .catch((error: unknown) => {
        const isWrong = error instanceof LatchkeyError && error.code === 'wrong_current_password';
        throw isWrong ? new LatchkeyError('password_incorrect', { cause: error }) : error;
      });
    await addresses.change({ account, asking, address: newEmail, mayMail: await mayMail(newEmail) }, factsOf(req).context);
    return { message: 'Verification email sent to your new address. Please check your inbox.' };
  }

  const begin = [crossOrigin, securityHeaders, jsonBody] as const;
  const path = (name: string) => at(prefixes, name);
  const [registering, changing] = [path('/auth/register'), path('/users/change-email')];
  const router = Router();
  router.options([...registering, ...changing], crossOrigin);
  router.post(
    registering,
    ...begin,
    auditAction('auth.password.sign_up'),
    passwordDoors.signUp,
    bioreLimits.register,
    respond(biore, register),
  );
  // Without mail there is no link to follow: these calls are the host's then.
  if (parts.recovers) {
    const [verifying, resending] = [path('/auth/verify-email'), path('/auth/resend-verification')];
    const [forgetting, resetting] = [path('/auth/forgot-password'), path('/auth/reset-password')];
    router.options([...verifying, ...resending, ...forgetting, ...resetting], crossOrigin);
    router.post(verifying, ...begin, auditAction('auth.verify_email'), bioreLimits.verifyEmail, respond(biore, verifyEmail));
    router.post(resending, ...begin, bioreLimits.resendVerification, respond(biore, resendVerification));
    router.post(forgetting, ...begin, bioreLimits.forgotPassword, respond(biore, forgotPassword));
    router.post(resetting, ...begin, auditAction('auth.reset_password'), bioreLimits.resetPassword, respond(biore, resetPassword));
    router.post(
      changing,
      ...begin,
      auditAction('auth.change_email'),
      requireUser,
      sameOrigin,
      passwordDoors.change,
      bioreLimits.changeEmail,
      respond(biore, changeEmail),
    );
  }
  router.use(failWith(biore, { ...parts, debug: config.debug }));
  return router;
}

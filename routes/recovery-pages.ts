// `/auth/forgot`, `/auth/reset` and `/auth/verify`: mailed links lead to a form, and only its button changes something.

import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { FailureCode, LatchkeyError } from '../lib/accounts/errors.js';
import { isEmailAddress } from '../lib/accounts/keys.js';
import { MIN_PASSWORD_LENGTH } from '../lib/accounts/password-rule.js';
import { parseInput } from '../lib/http/input.js';
import { redirect } from '../lib/http/redirect.js';
import { factsOf } from '../lib/http/request-facts.js';
import { auditAction } from '../lib/middleware/audit-action.js';
import { formBody } from '../lib/middleware/bodies.js';
import { handleAsync } from '../lib/middleware/respond.js';
import { securityHeaders } from '../lib/middleware/security-headers.js';
import type { Page } from '../lib/pages/page.js';
import { createAddressRequests } from './address-requests.js';
import { newPassword } from './cloudreve-input.js';
import { failOnPage } from './page-failures.js';
import { at, type Parts } from './parts.js';

export const emailInput = z.object({ email: z.string().trim().min(1).refine(isEmailAddress) });
const token = z.string().min(1).max(1024);
export const resetInput = z.object({ token, new_password: newPassword });
export const verifyInput = z.object({ token, new_password: newPassword.optional() });

/** The link is of no use any more: the page offers another. */
const LINK_IS_OVER: ReadonlySet<FailureCode> = new Set(['verify_link_invalid', 'verify_link_expired', 'reset_link_invalid', 'email_taken']);
/** The person can mend it on the same page. */
const MENDABLE: ReadonlySet<FailureCode> = new Set(['validation_failed', 'password_too_common', 'rate_limited']);

type Step = 'forgot' | 'reset' | 'verify';

export function recoveryPagesRouter(parts: Parts, prefixes: readonly string[]): Router {
  const { addresses, guards, flashCookie, paths, recovery, show } = parts;
  const { alwaysSameOrigin, baseUrlFirst, bioreLimits, limits, optionalUser, passwordDoors } = guards;
  const requests = createAddressRequests(parts);

  const ask = (what: 'reset' | 'verify', sent = false): Page => ({
    kind: 'ask-for-link',
    what,
    action: what === 'reset' ? paths.forgot : paths.verifyAgain,
    sent,
  });

  /** @throws LatchkeyError `reset_link_invalid`, `verify_link_invalid`, `verify_link_expired` */
  async function pageBehind(step: 'reset' | 'verify', given: string): Promise<Page> {
    const common = { token: given, minLength: MIN_PASSWORD_LENGTH };
    if (step === 'reset') return { kind: 'reset-password', action: paths.reset, ...common, address: (await recovery.peek(given)).address };
    const { address, asksPassword } = await addresses.peek(given);
    return { kind: 'confirm-address', action: paths.verify, ...common, address, asksPassword };
  }

  const tokenOf = ({ query, body, method }: Request): string | undefined => {
    const given: unknown = (method === 'POST' ? body : query)?.token;
    return typeof given === 'string' && given !== '' ? given : undefined;
  };

  /** Without a token it asks for a link. */
  const open = (step: 'reset' | 'verify') =>
    handleAsync(async (req, res) => {
      const given = tokenOf(req);
      show(req, res, given === undefined ? ask(step) : await pageBehind(step, given));
    });

  const lineOf = (req: Request, res: Response) => passwordDoors.of(req, res).try({ address: undefined, accounts: [] }).line;

  const send = (step: 'reset' | 'verify') =>
    handleAsync(async (req, res) => {
      const { email } = parseInput(emailInput, req.body);
      await (step === 'reset' ? requests.forgot : requests.resend)(req, res, email);
      show(req, res, ask(step, true));
    });

  const reset = handleAsync(async (req, res) => {
    const given = parseInput(resetInput, req.body);
    await recovery.reset(given.token, { password: given.new_password, line: lineOf(req, res) }, factsOf(req).context);
    flashCookie.leave(res, { kind: 'password_reset' });
    redirect(res, 303, paths.signIn);
  });

  const verify = handleAsync(async (req, res) => {
    const given = parseInput(verifyInput, req.body);
    const { asksPassword } = await addresses.peek(given.token);
    const chosen = asksPassword ? { password: parseInput(resetInput, req.body).new_password, line: lineOf(req, res) } : undefined;
    await addresses.verify(given.token, chosen, factsOf(req).context);
    flashCookie.leave(res, { kind: 'address_confirmed' });
    redirect(res, 303, paths.signIn);
  });

  const stepOf = (req: Request): Step => (/\/auth\/(forgot|reset|verify)/i.exec(req.path)?.[1]?.toLowerCase() ?? 'forgot') as Step;

  async function failurePage(req: Request, failure: LatchkeyError): Promise<Page | undefined> {
    const step = stepOf(req);
    const given = tokenOf(req);
    if (LINK_IS_OVER.has(failure.code)) return ask(step === 'verify' ? 'verify' : 'reset');
    if (!MENDABLE.has(failure.code)) return undefined;
    if (step === 'forgot' || given === undefined) return ask(step === 'verify' ? 'verify' : 'reset');
    return await pageBehind(step, given).catch(() => ask(step));
  }

  const router = Router();
  if (!parts.recovers) return router;
  const [forgots, resets, verifies] = [at(prefixes, '/auth/forgot'), at(prefixes, '/auth/reset'), at(prefixes, '/auth/verify')];
  const again = verifies.map((path) => `${path}/again`);
  const posting = [securityHeaders, formBody, alwaysSameOrigin] as const;
  router.get(
    forgots,
    securityHeaders,
    baseUrlFirst,
    optionalUser,
    handleAsync(async (req, res) => show(req, res, ask('reset'))),
  );
  router.get(resets, securityHeaders, baseUrlFirst, open('reset'));
  router.get(verifies, securityHeaders, baseUrlFirst, open('verify'));
  router.post(forgots, ...posting, limits.recovery, send('reset'));
  router.post(again, ...posting, limits.recovery, send('verify'));
  router.post(resets, ...posting, auditAction('auth.reset_password'), limits.recovery, reset);
  router.post(verifies, ...posting, auditAction('auth.verify_email'), bioreLimits.verifyEmail, verify);
  router.use(
    failOnPage(parts, {
      async ownPage(req, res, failure, status) {
        const page = await failurePage(req, failure);
        if (page !== undefined) show(req, res, page, { status, failure });
        return page !== undefined;
      },
    }),
  );
  return router;
}

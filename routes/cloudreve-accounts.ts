// Cloudreve's accounts with proof of address: sign up, activate, and set a new password by mail.

import { createHash } from 'node:crypto';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import { LatchkeyError } from '../lib/accounts/errors.js';
import { normalEmail } from '../lib/accounts/keys.js';
import { PROOF_LIFE_MS } from '../lib/accounts/proof-tokens.js';
import { activationSent, cloudreve, toCloudreveUser } from '../lib/dialects/cloudreve.js';
import { parseInput } from '../lib/http/input.js';
import { factsOf } from '../lib/http/request-facts.js';
import { auditAction } from '../lib/middleware/audit-action.js';
import { jsonBody } from '../lib/middleware/bodies.js';
import { failWith, handleAsync, respond, send } from '../lib/middleware/respond.js';
import { securityHeaders } from '../lib/middleware/security-headers.js';
import { createAddressRequests } from './address-requests.js';
import { emailInput, newPassword, signUpInput } from './cloudreve-input.js';
import { at, type Parts } from './parts.js';

export const resetInput = z.object({ password: newPassword, secret: z.string().min(1).max(1024) });

const usedKey = (sign: string) => `activated:${createHash('sha256').update(sign).digest('base64url')}`;

/** `POST /user` where an address is proven first: 203 says that a mail is on its way. Behind the guards of a sign-up. */
export function pendingSignUp({ config, guards, mayMail, signUps }: Parts): RequestHandler {
  async function signUp(req: Request, res: Response): Promise<void> {
    const { email, password, language } = parseInput(signUpInput, req.body);
    if (!config.signUp) throw new LatchkeyError('registration_closed');
    const address = normalEmail(email);
    const { line } = guards.passwordDoors.of(req, res).try({ address, accounts: [] });
    const given = { email, password, language: language ?? '', line, tellOwner: false };
    const { kind } = await signUps.signUp({ ...given, mayMail: await mayMail(address) }, factsOf(req).context);
    if (kind === 'known') throw new LatchkeyError('email_taken');
    if (kind === 'again') throw new LatchkeyError('activation_resent');
    send(res, activationSent);
  }

  return handleAsync(signUp);
}

export function cloudreveAccountsRouter(parts: Parts, prefixes: readonly string[]): Router {
  const { addresses, config, guards, publicIds, recovery, store } = parts;
  const { bioreLimits, crossOrigin, limits, passwordDoors } = guards;
  const requests = createAddressRequests(parts);

  /** @throws LatchkeyError `validation_failed` for what is no id of a user */
  function userOfPath(req: Request): string {
    const id = publicIds.userId(String(req.params.id));
    if (id === undefined) throw new LatchkeyError('validation_failed', { message: 'Failed to parse object ID' });
    return id;
  }

  /** As the vendor says it when its own link is followed again. */
  async function usedUp(sign: string, error: unknown): Promise<never> {
    throw (await store.peek(usedKey(sign))) === true ? new LatchkeyError('cannot_be_activated', { cause: error }) : error;
  }

  /** The sign is the token of the mail: used once, as everywhere. */
  async function activate(req: Request) {
    const { sign } = req.query;
    if (typeof sign !== 'string' || sign === '') throw new LatchkeyError('signature_missing');
    const proof = await addresses.peek(sign).catch((error: unknown) => usedUp(sign, error));
    if (proof.userId !== userOfPath(req)) throw new LatchkeyError('verify_link_invalid');
    const user = await addresses.verify(sign, undefined, factsOf(req).context);
    await store.put(usedKey(sign), true, PROOF_LIFE_MS.sign_up);
    return toCloudreveUser(user, publicIds);
  }

  async function forgot(req: Request, res: Response): Promise<void> {
    await requests.forgot(req, res, parseInput(emailInput, req.body).email);
  }

  async function reset(req: Request, res: Response) {
    const id = userOfPath(req);
    const { password, secret } = parseInput(resetInput, req.body);
    const { userId } = await recovery.peek(secret);
    if (userId !== id) throw new LatchkeyError('reset_link_invalid');
    const { line } = passwordDoors.of(req, res).try({ address: undefined, accounts: [] });
    return toCloudreveUser(await recovery.reset(secret, { password, line }, factsOf(req).context), publicIds);
  }

  const router = Router();
  if (!parts.recovers) return router;
  const [activation, resets] = [at(prefixes, '/user/activate/:id'), at(prefixes, '/user/reset')];
  const resetting = resets.map((path) => `${path}/:id`);
  router.options([...activation, ...resets, ...resetting], crossOrigin);
  router.get(
    activation,
    crossOrigin,
    securityHeaders,
    auditAction('auth.verify_email'),
    bioreLimits.verifyEmail,
    respond(cloudreve, activate),
  );
  router.post(resets, crossOrigin, securityHeaders, jsonBody, limits.recovery, respond(cloudreve, forgot));
  router.patch(
    resetting,
    crossOrigin,
    securityHeaders,
    jsonBody,
    auditAction('auth.reset_password'),
    limits.recovery,
    respond(cloudreve, reset),
  );
  router.use(failWith(cloudreve, { ...parts, debug: config.debug }));
  return router;
}

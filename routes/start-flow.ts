// Sends a browser to a provider, in a flow that only this browser can finish.

import type { Request, RequestHandler } from 'express';
import type { Entry } from '../lib/accounts/flow.js';
import { redirect } from '../lib/http/redirect.js';
import { signedInOf, signingSessionOf } from '../lib/http/request-facts.js';
import { handleAsync } from '../lib/middleware/respond.js';
import type { Parts } from './parts.js';

export interface Start {
  readonly why: 'sign-in' | 'link' | 'reauthenticate';
  readonly entry: Exclude<Entry, 'json'>;
  providerOf(req: Request): string;
  /** A path on this origin, checked. */
  returnToOf(req: Request): string;
  /** Default 302. */
  readonly status?: 302 | 303 | undefined;
}

/** Behind the user's check, but for a sign-in. */
export function startFlow({ authorizations, flowCookie }: Pick<Parts, 'authorizations' | 'flowCookie'>, start: Start): RequestHandler {
  const { why, entry, providerOf, returnToOf, status = 302 } = start;
  return handleAsync(async (req, res) => {
    const signedIn = why === 'sign-in' ? undefined : signedInOf(req);
    const [provider, returnTo] = [providerOf(req), returnToOf(req)];
    // A popup goes nowhere: it tells its opener.
    const trip = entry === 'browser' ? { provider, why, returnTo } : undefined;
    const url = await authorizations.prepare({
      provider,
      entry,
      returnTo,
      linkTo: why === 'link' ? signedIn?.account : undefined,
      signInAgain: why === 'reauthenticate' ? signedIn?.account : undefined,
      preparedIn: signedIn && signingSessionOf(signedIn),
      hint: undefined,
      binding: { kind: 'browser', secret: flowCookie.ensure(req, res, trip) },
    });
    redirect(res, status, url);
  });
}

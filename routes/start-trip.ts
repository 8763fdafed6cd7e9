// Sends a browser to a provider, on a trip that only this browser can come back from.

import type { Request, RequestHandler } from 'express';
import type { Entry } from '../lib/accounts/flows.js';
import { signedInOf } from '../lib/middleware/current.js';
import type { Parts } from './parts.js';

export interface Start {
  readonly why: 'sign-in' | 'link' | 'reauthenticate';
  readonly entry: Exclude<Entry, 'json'>;
  providerOf(req: Request): string;
  /** A path on this origin, checked. */
  returnToOf(req: Request): string;
  /** Default 302. */
  readonly status?: 302 | 303;
}

/** Behind the user's check, but for a sign-in. */
export function startTrip({ trips, flowCookie }: Pick<Parts, 'trips' | 'flowCookie'>, start: Start): RequestHandler {
  const { why, entry, providerOf, returnToOf, status = 302 } = start;
  return async (req, res, next) => {
    try {
      const account = why === 'sign-in' ? undefined : signedInOf(req).account;
      const url = await trips.prepare({
        provider: providerOf(req),
        entry,
        returnTo: returnToOf(req),
        byHost: why !== 'sign-in' && signedInOf(req).by === 'host',
        linkTo: why === 'link' ? account : undefined,
        signInAgain: why === 'reauthenticate' ? account : undefined,
        hint: undefined,
        binding: { kind: 'browser', secret: flowCookie.ensure(req, res) },
      });
      res.redirect(status, url);
    } catch (error) {
      next(error);
    }
  };
}

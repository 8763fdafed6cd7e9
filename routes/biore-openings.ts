// How every BIO.RE sign-in ends: an access token in the body, the refresh token in its cookie and nowhere else.

import type { Request, Response } from 'express';
import type { SignedIn } from '../lib/accounts/sign-in.js';
import type { TokenPair } from '../lib/tokens/token-pairs.js';
import type { Parts } from './parts.js';

/** Fifteen minutes, as documented, whatever other dialects are configured for. */
export const ACCESS_TTL_MS = 15 * 60 * 1000;

export interface AccessAnswer {
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
}

export const accessAnswer = ({ accessToken }: TokenPair): AccessAnswer => ({ accessToken, expiresIn: ACCESS_TTL_MS / 1000 });

export type OpenSession = (req: Request, res: Response, signedIn: SignedIn) => Promise<AccessAnswer>;

export function createOpenSession({ deviceCookie, familyCookie, refreshCookie, tokens }: Parts): OpenSession {
  return async (req, res, { user, session }) => {
    const pair = await tokens.firstPair(user, session, ACCESS_TTL_MS);
    familyCookie.note(req, res, session.id);
    deviceCookie.remember(req, res, user.id);
    refreshCookie.set(res, pair);
    return accessAnswer(pair);
  };
}

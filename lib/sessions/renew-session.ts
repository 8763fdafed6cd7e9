// A new session id after what a person can sign in with has changed (OWASP ASVS 5.0, 7.2.4).

import type { Request, Response } from 'express';
import { factsOf } from '../http/request-facts.js';
import { describeError } from '../support/describe-error.js';
import type { Logger } from '../support/logger.js';
import type { CookieSessions } from './cookie-sessions.js';

/** Never throws: the change is committed, and an answer that denies it would be wrong. */
export type RenewSession = (req: Request, res: Response) => Promise<void>;

export function createRenewSession(cookieSessions: Pick<CookieSessions, 'renew'>, logger: Logger): RenewSession {
  return async (req, res) => {
    const { signedIn, context } = factsOf(req);
    if (signedIn === undefined || signedIn.by === 'token') return;
    try {
      await cookieSessions.renew(req, res);
    } catch (error) {
      logger.warn({ err: describeError(error), correlationId: context.correlationId }, 'a session could not be given a new id');
    }
  };
}

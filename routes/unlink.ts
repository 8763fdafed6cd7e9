// The act behind every unlink route: the link goes, and the browser that asked gets a new session id.

import type { Request, Response } from 'express';
import type { Links } from '../lib/accounts/links.js';
import { factsOf, permitOf, signedInOf } from '../lib/http/request-facts.js';
import type { RenewSession } from '../lib/sessions/cookie-sessions.js';

/** Behind the anti-lockout middleware. */
export type Unlink = (req: Request, res: Response) => Promise<void>;

export function createUnlink(links: Links, renewSession: RenewSession): Unlink {
  return async (req, res) => {
    await links.unlink(permitOf(req), signedInOf(req).session, factsOf(req).context);
    await renewSession(req, res);
  };
}

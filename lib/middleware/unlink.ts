// The act behind every unlink route: the link goes, and the browser that asked gets a new session id.

import type { Request, Response } from 'express';
import type { Links } from '../accounts/links.js';
import { currentOf, permitOf, signedInOf } from './current.js';
import type { RenewSession } from './renew-session.js';

/** Behind the anti-lockout middleware. */
export type Unlink = (req: Request, res: Response) => Promise<void>;

export function createUnlink(links: Links, renewSession: RenewSession): Unlink {
  return async (req, res) => {
    await links.unlink(permitOf(req), signedInOf(req).session, currentOf(req).context);
    await renewSession(req, res);
  };
}

// Redirects without the text body that Express adds for clients that do not follow redirects.

import type { Response } from 'express';

/**
 * Ends the answer with a redirect (RFC 9110, section 15.4).
 * @param url absolute, or a path of this origin; percent-encoded where it is not
 */
export function redirect(res: Response, status: 302 | 303, url: string): void {
  res.status(status).location(url).end();
}

// Runs before each of our routes: answers are not cached, framed or sniffed, and wait for the database only for a limited time.

import type { Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import { onBudget } from '../support/deadline.js';

const secured = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"], 'base-uri': ["'none'"], 'form-action': ["'none'"] },
  },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  // Said once, it holds for the whole host and its subdomains: that is the host's to say.
  strictTransportSecurity: false,
});

/** They are the same for every answer, so that Helmet is asked once, and not in fourteen steps for each. */
function headersOf(handler: RequestHandler): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  const recorder = { setHeader: (name: string, value: string) => void headers.set(name, value), removeHeader: () => undefined };
  handler({} as Request, recorder as unknown as Response, (error?: unknown) => {
    if (error !== undefined) throw error;
  });
  return headers;
}

const HEADERS = new Map([['Cache-Control', 'no-store'], ...headersOf(secured)]);

/** A failure passes here again, and must not set anew what a route has taken away (`withOpener`). */
const securedAnswers = new WeakSet<object>();

export const securityHeaders: RequestHandler = (_req, res, next) => {
  if (securedAnswers.has(res)) return next();
  securedAnswers.add(res);
  res.removeHeader('X-Powered-By');
  for (const [name, value] of HEADERS) res.setHeader(name, value);
  onBudget(next);
};

// Stands before every route of ours: answers are not cached, framed or sniffed, and wait for the database no longer than allowed.

import type { RequestHandler } from 'express';
import helmet from 'helmet';
import { onBudget } from '../support/request-budget.js';

const headers = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"], 'base-uri': ["'none'"], 'form-action': ["'none'"] },
  },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  // Said once, it holds for the whole host and its subdomains: that is the host's to say.
  strictTransportSecurity: false,
});

/** A failure passes here again, and must not set anew what a route has taken away (`withOpener`). */
const securedAnswers = new WeakSet<object>();

export const securityHeaders: RequestHandler = (req, res, next) => {
  if (securedAnswers.has(res)) return next();
  securedAnswers.add(res);
  res.setHeader('Cache-Control', 'no-store');
  headers(req, res, (error?: unknown) => onBudget(() => next(error)));
};

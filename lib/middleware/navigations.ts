// Protects paths that only a person's own navigation may trigger.

import type { RequestHandler } from 'express';

/** By which a browser says that nobody has gone there yet: Fetch's, and those of before (Chromium's, Safari's, Firefox's). */
const PURPOSES = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'] as const;

/**
 * HEAD and prefetch make no flow and use none up: a link in a mail or a page may be looked at before anyone opens it.
 * A browser that prefetched a 503 forgets it and asks again when the person goes there.
 */
export const navigationsOnly: RequestHandler = (req, res, next) => {
  const purpose = PURPOSES.map((name) => req.get(name) ?? '').join(' ');
  if (req.method === 'HEAD') res.status(204).end();
  else if (/prefetch|prerender|preview/i.test(purpose)) res.status(503).end();
  else next();
};

/** Our other answers are cut off from whoever opened them; a popup on a flow must be able to tell its opener. */
export const withOpener: RequestHandler = (_req, res, next) => {
  res.removeHeader('Cross-Origin-Opener-Policy');
  next();
};

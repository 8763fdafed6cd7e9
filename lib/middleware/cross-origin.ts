// Scripts of other origins: those that the host has named may call, with credentials (Fetch, CORS protocol).

import cors from 'cors';
import type { RequestHandler } from 'express';

/** How long a browser may remember the answer to a preflight, in seconds. */
const PREFLIGHT_MAX_AGE_S = 600;

/** Stands before everything else of a path, so that failures too can be read, and answers preflights itself. */
export function crossOrigin(allowedOrigins: readonly string[]): RequestHandler {
  return cors({
    origin: [...allowedOrigins],
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    // None named: a named origin may send whatever its preflight asks for.
    exposedHeaders: ['RateLimit', 'RateLimit-Policy', 'Retry-After'],
    maxAge: PREFLIGHT_MAX_AGE_S,
  });
}

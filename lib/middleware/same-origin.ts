// A change that a cookie alone signs must come from our own pages, or from an origin the host has named.

import type { Request, RequestHandler } from 'express';
import { LatchkeyError } from '../errors.js';
import { currentOf } from './current.js';

export interface SameOriginOptions {
  readonly baseUrl: string;
  readonly allowedOrigins: readonly string[];
}

/** No evidence at all counts as cross-site. */
function isOurs(req: Request, { baseUrl, allowedOrigins }: SameOriginOptions): boolean {
  const origin = req.get('origin');
  if (origin !== undefined && allowedOrigins.includes(origin)) return true;
  const site = req.get('sec-fetch-site');
  return site === undefined ? origin === baseUrl : site === 'same-origin';
}

/** `cross_site_request` for a request that a token does not sign and that another site may have caused. Stands behind the user's check. */
export function sameOrigin(options: SameOriginOptions): RequestHandler {
  return (req, _res, next) => {
    const safe = req.method === 'GET' || req.method === 'HEAD';
    const cookieAlone = currentOf(req).signedIn?.by === 'host';
    next(!safe && cookieAlone && !isOurs(req, options) ? new LatchkeyError('cross_site_request') : undefined);
  };
}

// A refresh cookie signs a call of its own browser's page, and of no other: the same rule as for every cookie of ours.

import type { RequestHandler } from 'express';
import type { FamilyCookie } from '../http/family-cookie.js';
import type { RefreshCookie } from '../http/refresh-cookie.js';
import { factsOf } from '../http/request-facts.js';
import type { TokenPairs } from '../tokens/token-pairs.js';
import { handleAsync } from './handle-async.js';

export interface RefreshOriginOptions {
  readonly refreshCookie: RefreshCookie;
  readonly familyCookie: FamilyCookie;
  readonly tokens: Pick<TokenPairs, 'familyOf'>;
  readonly alwaysSameOrigin: RequestHandler;
}

/**
 * `cross_site_request` where the cookie comes from a browser, and not from our own page. A program that keeps cookies, as native
 * apps do, says nothing of where it comes from; but a browser that was given the family and says nothing is refused.
 */
export function refreshOrigin({ refreshCookie, familyCookie, tokens, alwaysSameOrigin }: RefreshOriginOptions): RequestHandler {
  return handleAsync(async (req, res, next) => {
    const token = refreshCookie.read(req);
    if (token === undefined) return next();
    const family = await tokens.familyOf(token);
    const isBrowsers = factsOf(req).fromBrowser || (family !== undefined && familyCookie.has(req, family));
    if (isBrowsers) alwaysSameOrigin(req, res, next);
    else next();
  });
}

// Where a request may come from: a change that a cookie signs must come from our own pages, or from an origin that the host has named.

import cors from 'cors';
import type { Request, RequestHandler } from 'express';
import { LatchkeyError } from '../accounts/errors.js';
import type { FamilyCookie } from '../http/browser-marks.js';
import type { RefreshCookie } from '../http/refresh-cookie.js';
import { factsOf, type RequestFacts } from '../http/request-facts.js';
import type { TokenPairs } from '../tokens/token-pairs.js';
import { handleAsync } from './respond.js';

export interface SameOriginOptions {
  readonly baseUrl: string;
  readonly allowedOrigins: readonly string[];
}

const originOf = (url: string) => (URL.canParse(url) ? new URL(url).origin : undefined);

/** No evidence at all counts as cross-site. */
function isOurs(req: Request, { baseUrl, allowedOrigins }: SameOriginOptions): boolean {
  const origin = req.get('origin');
  if (origin !== undefined && allowedOrigins.includes(origin)) return true;
  const site = req.get('sec-fetch-site');
  return site === undefined ? origin === baseUrl : site === 'same-origin';
}

/** `cross_site_request` for any request but one from our own pages or an origin the host has named; for forms that sign somebody in. */
export function alwaysSameOrigin(options: SameOriginOptions): RequestHandler {
  return (req, _res, next) => next(isOurs(req, options) ? undefined : new LatchkeyError('cross_site_request'));
}

/** Another site, and none that the host has named, has sent the person here. Browsers that say nothing about it are believed. */
export function isForeignNavigation(req: Request, allowedOrigins: readonly string[]): boolean {
  const site = req.get('sec-fetch-site');
  const referrer = originOf(req.get('referer') ?? '');
  return (site === 'cross-site' || site === 'same-site') && (referrer === undefined || !allowedOrigins.includes(referrer));
}

/**
 * `cross_site_request` for a navigation that another site has caused and a cookie signs. A link in a page of ours, the address
 * bar and browsers that say nothing about where they come from pass: nothing is changed yet, but somebody who is led to
 * `/auth/…/link` could have a stranger's identity linked to their account.
 */
export function ownNavigation({ allowedOrigins }: SameOriginOptions): RequestHandler {
  return (req, _res, next) => {
    const foreign = isForeignNavigation(req, allowedOrigins);
    next(foreign && factsOf(req).signedIn?.by !== 'token' ? new LatchkeyError('cross_site_request') : undefined);
  };
}

/**
 * A program of the host's own clients, with a token that only the host can read. Browsers send no such header by themselves, as
 * they do one of Basic or Negotiate, and pages of other sites cannot make them (Fetch, CORS protocol); but of what does come
 * from a browser, the host may have gone by a cookie.
 */
const isHostsClient = ({ token, fromBrowser }: RequestFacts) => token === 'foreign' && !fromBrowser;

/** `cross_site_request` for a request that a token does not sign and that another site may have caused. Stands behind the user's check. */
export function sameOrigin(options: SameOriginOptions): RequestHandler {
  return (req, _res, next) => {
    const safe = req.method === 'GET' || req.method === 'HEAD';
    const current = factsOf(req);
    const by = current.signedIn?.by;
    const cookieAlone = by === 'cookie' || (by === 'host' && !isHostsClient(current));
    next(!safe && cookieAlone && !isOurs(req, options) ? new LatchkeyError('cross_site_request') : undefined);
  };
}

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

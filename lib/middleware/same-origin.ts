// A change that a cookie alone signs must come from our own pages, or from an origin the host has named.

import type { Request, RequestHandler } from 'express';
import { LatchkeyError } from '../accounts/errors.js';
import { factsOf, type RequestFacts } from '../http/request-facts.js';

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

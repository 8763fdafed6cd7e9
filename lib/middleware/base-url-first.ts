// A flow begins at BASE_URL: on another spelling of the host its cookies would not come back with the person.

import { isIP } from 'node:net';
import type { Request, RequestHandler } from 'express';
import { redirect } from '../http/redirect.js';
import { isLoopbackHost } from '../support/web-address.js';

/** In the query of whoever was sent here: who is seen under another name still has a proxy that tells its own, and is sent no further. */
const MARK = 'latchkey-host';

/** Where the browser should begin instead; undefined where it is right already. */
export type Elsewhere = (req: Request) => string | undefined;

type TrustProxy = (address: string | undefined, hop: number) => boolean;

/** What a proxy says of the browser's own request, if the host app believes that proxy. */
function forwarded(req: Request, name: string): string | undefined {
  const trusts: TrustProxy = req.app.get('trust proxy fn');
  return trusts(req.socket.remoteAddress, 0) ? req.get(`x-forwarded-${name}`)?.split(',')[0]?.trim() : undefined;
}

/** Nothing that people know a public site by: an address or a name of the inner network, which a proxy puts in the place of theirs. */
const isInner = (hostname: string) => isLoopbackHost(hostname) || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0 || !hostname.includes('.');

/** Cookies know no ports, so neither does this. As it was sent: a browser's is in lower case, and whatever else comes can be sent on. */
function isSpelledOtherwise(seen: string, own: string): boolean {
  if (seen === own) return false;
  const hostname = seen.toLowerCase().replace(/\.$/, '');
  return hostname === own || (isLoopbackHost(own) ? isLoopbackHost(hostname) : !isInner(hostname));
}

/** @param mount what stands before the router's paths in public */
export function createElsewhere(baseUrl: string, mount = ''): Elsewhere {
  const base = new URL(baseUrl);
  return (req) => {
    const seen = (forwarded(req, 'host') ?? req.get('host') ?? '').replace(/:\d*$/, '');
    // Without a proxy's word nobody knows whether it was https on the way to it.
    const isPlain = base.protocol === 'https:' && forwarded(req, 'proto') === 'http';
    if (seen === '' || !(isPlain || isSpelledOtherwise(seen, base.hostname))) return undefined;
    const { pathname, search, searchParams } = new URL(req.url, baseUrl);
    if (searchParams.has(MARK)) return undefined;
    return `${baseUrl}${mount}${pathname}${search === '' ? '?' : `${search}&`}${MARK}=1`;
  };
}

/** Redirects a navigation to the same path and query on BASE_URL, once. */
export function baseUrlFirst(elsewhere: Elsewhere): RequestHandler {
  return (req, res, next) => {
    const url = elsewhere(req);
    if (url === undefined) next();
    else redirect(res, 302, url);
  };
}

// The secret that ties a flow to the browser that prepared it, and the page which that browser wanted, for when it comes back after the
// flow has expired.

import { randomBytes } from 'node:crypto';
import { parse } from 'cookie';
import type { Request, Response } from 'express';
import { FLOW_TTL_MS } from '../accounts/flow.js';
import { ownCookie } from './own-cookie.js';
import { safeReturnTo } from './return-to.js';

export interface BegunTrip {
  readonly provider: string;
  readonly why: 'sign-in' | 'link' | 'reauthenticate';
  /** A path on this origin. */
  readonly returnTo: string;
}

export interface FlowCookie {
  /** This browser's secret, if it has one. */
  read(req: Request): string | undefined;
  /**
   * This browser's secret, made and sent if need be: two tabs share one, so that neither ends the other's flow.
   * @param flow the browser goes off by itself, and comes back to the callback
   */
  ensure(req: Request, res: Response, trip?: BegunTrip): string;
  /** The flow that this browser began last, within a day; anything but a path on this origin leads home. */
  lastTrip(req: Request): BegunTrip | undefined;
}

const VALUE = /^([\w-]{43})(?:\.([\w-]{1,1024}))?$/;

/** A page of a provider may stay open overnight. Milliseconds. */
const TRIP_TTL_MS = 24 * 60 * 60 * 1000;

const WHY: readonly string[] = ['sign-in', 'link', 'reauthenticate'] satisfies readonly BegunTrip['why'][];
const isWhy = (why: unknown): why is BegunTrip['why'] => typeof why === 'string' && WHY.includes(why);

const written = ({ provider, why, returnTo }: BegunTrip) => Buffer.from(JSON.stringify([provider, why, returnTo])).toString('base64url');

/** Whoever could plant one chooses among paths on this origin. */
function tripIn(text: string, baseUrl: string): BegunTrip | undefined {
  try {
    const [provider, why, returnTo] = JSON.parse(Buffer.from(text, 'base64url').toString()) as readonly unknown[];
    if (typeof provider !== 'string' || !/^[\w-]{1,64}$/.test(provider) || !isWhy(why)) return undefined;
    return { provider, why, returnTo: safeReturnTo(returnTo, baseUrl) };
  } catch {
    return undefined;
  }
}

export function createFlowCookie(baseUrl: string): FlowCookie {
  const { name, options } = ownCookie(baseUrl, 'flow');
  function partsOf(req: Request): { readonly secret: string | undefined; readonly trip: string | undefined } {
    const [, secret, trip] = VALUE.exec(parse(req.headers.cookie ?? '')[name] ?? '') ?? [];
    return { secret, trip };
  }
  return {
    read: (req) => partsOf(req).secret,
    ensure(req, res, trip) {
      const found = partsOf(req);
      const secret = found.secret ?? randomBytes(32).toString('base64url');
      const kept = trip === undefined ? found.trip : written(trip);
      const value = kept === undefined ? secret : `${secret}.${kept}`;
      res.cookie(name, value, { ...options, maxAge: kept === undefined ? FLOW_TTL_MS : TRIP_TTL_MS });
      return secret;
    },
    lastTrip(req) {
      const { trip } = partsOf(req);
      return trip === undefined ? undefined : tripIn(trip, baseUrl);
    },
  };
}

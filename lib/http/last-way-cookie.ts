// Which way somebody last signed in by with this browser, so that the sign-in page can say so. It proves nothing.

import { parse } from 'cookie';
import type { Request, Response } from 'express';
import { ownCookie } from './own-cookie.js';

/** A provider's id, or `password`. */
const WAY = /^[\w-]{1,64}$/;
const LIFE_MS = 180 * 24 * 60 * 60 * 1000;

/** Whatever the browser says; only what is on the page is looked for. */
export function lastWayOf(baseUrl: string, req: Request): string | undefined {
  const way = parse(req.headers.cookie ?? '')[ownCookie(baseUrl, 'last-way').name];
  return way !== undefined && WAY.test(way) ? way : undefined;
}

export function keepLastWay(baseUrl: string, res: Response, way: string): void {
  const { name, options } = ownCookie(baseUrl, 'last-way');
  res.cookie(name, way, { ...options, maxAge: LIFE_MS });
}

// The invitation that a request shows: a browser by a cookie since it followed the link, any other client by a header.

import { parse } from 'cookie';
import type { Request, Response } from 'express';
import { ownCookie } from './own-cookie.js';

/** For clients that keep no cookies. */
const HEADER = 'latchkey-invitation';
const TOKEN = /^[\w-]{43}$/;
/** A person may first have to open an account at their provider. */
const LIFE_MS = 24 * 60 * 60 * 1000;

export const isInvitation = (token: unknown): token is string => typeof token === 'string' && TOKEN.test(token);

/** Under either name: whoever could plant one gives an invitation away. */
export function invitationOf(req: Request): string | undefined {
  const cookies = parse(req.headers.cookie ?? '');
  const names = ['https:', 'http:'].map((scheme) => ownCookie(scheme, 'invitation').name);
  return [req.get(HEADER), ...names.map((name) => cookies[name])].find(isInvitation);
}

/** The browser shows it from now on. */
export function keepInvitation(baseUrl: string, res: Response, token: string): void {
  const { name, options } = ownCookie(baseUrl, 'invitation');
  res.cookie(name, token, { ...options, maxAge: LIFE_MS });
}

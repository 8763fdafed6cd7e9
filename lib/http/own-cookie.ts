// Our cookies: how each is named and protected; and those that hold a single value, such as an invitation or the way in that was last used.

import { parse } from 'cookie';
import type { CookieOptions, Request, Response } from 'express';

export interface OwnCookie {
  readonly name: string;
  /** Whether it is https is the public origin's to say, whatever this hop is. */
  readonly options: Readonly<Required<Pick<CookieOptions, 'httpOnly' | 'secure' | 'path'>>> & { readonly sameSite: 'lax' };
}

type Purpose = 'device' | 'family' | 'flow' | 'invitation' | 'last-way' | 'notice' | 'session';

/** What a cookie's name can hold of a prefix of tables. */
const suffixOf = (realm: string) => (realm === '' ? '' : `-${realm.replace(/[^\w]/g, '-')}`);

/** The prefix keeps a subdomain from planting a cookie of its own (RFC 6265bis, section 4.1.3.2). */
export function ownCookie(baseUrl: string, purpose: Purpose, realm = ''): OwnCookie {
  const secure = baseUrl.startsWith('https:');
  return {
    name: `${secure ? '__Host-' : ''}latchkey-${purpose}${suffixOf(realm)}`,
    options: { httpOnly: true, sameSite: 'lax', secure, path: '/' },
  };
}

/** The invitation of clients that keep no cookies. */
const INVITATION_HEADER = 'latchkey-invitation';
const INVITATION = /^[\w-]{43}$/;
const DAY_MS = 24 * 60 * 60 * 1000;

export const isInvitation = (token: unknown): token is string => typeof token === 'string' && INVITATION.test(token);

/** Under either name: whoever could plant one gives an invitation away. */
export function invitationOf(req: Request): string | undefined {
  const cookies = parse(req.headers.cookie ?? '');
  const names = ['https:', 'http:'].map((scheme) => ownCookie(scheme, 'invitation').name);
  return [req.get(INVITATION_HEADER), ...names.map((name) => cookies[name])].find(isInvitation);
}

/** The browser shows it for a day: a person may first have to open an account at their provider. */
export function keepInvitation(baseUrl: string, res: Response, token: string): void {
  const { name, options } = ownCookie(baseUrl, 'invitation');
  res.cookie(name, token, { ...options, maxAge: DAY_MS });
}

/** A provider's id, or `password`. */
const WAY = /^[\w-]{1,64}$/;

/** Whatever the browser says; only what is on the page is looked for. */
export function lastWayOf(baseUrl: string, req: Request): string | undefined {
  const way = parse(req.headers.cookie ?? '')[ownCookie(baseUrl, 'last-way').name];
  return way !== undefined && WAY.test(way) ? way : undefined;
}

/** So that the sign-in page can say so. It proves nothing. */
export function keepLastWay(baseUrl: string, res: Response, way: string): void {
  const { name, options } = ownCookie(baseUrl, 'last-way');
  res.cookie(name, way, { ...options, maxAge: 180 * DAY_MS });
}

// Every cookie of ours is named and guarded alike.

import type { CookieOptions } from 'express';

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

// Which web addresses the configuration accepts: origins, issuers, endpoints and domains.

import { z } from 'zod';

/** This machine and no other: `localhost`, 127.0.0.0/8 and `[::1]`, as WHATWG URL spells them. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/**
 * WHATWG parsing silently drops tabs and line breaks, reads `\` as `/` and forgives a missing host: such text is refused,
 * because issuers are later compared byte by byte. User names and passwords are refused everywhere.
 */
function webUrl(text: string): URL | undefined {
  if (!/^https?:\/\/[^/]/i.test(text) || /[\s\\\p{Cc}]/u.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.username === '' && url.password === '' && url.port !== '0' ? url : undefined;
}

/** https, or plain http to this very machine: RFC 9700, section 2.6 asks for encryption end to end. */
export function isSecure(url: URL): boolean {
  return url.protocol === 'https:' || isLoopbackHost(url.hostname);
}

/** An http(s) origin in its normal form (RFC 6454, section 6.1); a path, query or fragment is refused, a trailing slash dropped. */
export function originOf(text: string): string | undefined {
  const url = webUrl(text);
  return url !== undefined && url.pathname === '/' && !/[?#]/.test(text) ? url.origin : undefined;
}

const ORIGIN = 'expected an http or https origin without path, query or user name, such as "https://example.com"';

/** An origin; with `secureOnly` plain http is for loopback hosts alone. */
export function origin({ secureOnly }: { readonly secureOnly: boolean }) {
  return z.string({ error: ORIGIN }).transform((text, context): string => {
    const value = originOf(text);
    if (value !== undefined && (!secureOnly || isSecure(new URL(value)))) return value;
    const message = value === undefined ? ORIGIN : 'expected https: in production plain http is for loopback hosts only';
    context.issues.push({ code: 'custom', message, input: undefined });
    return z.NEVER;
  });
}

const ISSUER = 'expected an https address without query, fragment or user name (plain http for loopback hosts only)';

/** An issuer identifier (OpenID Connect Discovery 1.0, section 3), kept exactly as written: it is compared so. */
export function issuer() {
  return z.string({ error: ISSUER }).refine(
    (text) => {
      const url = webUrl(text);
      return url !== undefined && isSecure(url) && !/[?#]/.test(text);
    },
    { error: ISSUER },
  );
}

const ENDPOINT = 'expected an https address without fragment or user name (plain http for loopback hosts only)';

/** An endpoint (RFC 6749, section 3): it may have a query, but no fragment. */
export function endpoint() {
  return z.string({ error: ENDPOINT }).refine(
    (text) => {
      const url = webUrl(text);
      return url !== undefined && isSecure(url) && !text.includes('#');
    },
    { error: ENDPOINT },
  );
}

const DOMAIN = 'expected a domain name, such as "example.com"';
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';

/** RFC 1035, section 2.3.1 as relaxed by RFC 1123, section 2.1, in lower case; at least two labels. */
export const domainName = z
  .string({ error: DOMAIN })
  .regex(new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})+$`, 'i'), { error: DOMAIN })
  .transform((name) => name.toLowerCase());

const ICON = 'expected "" or the address of a picture: https, a path that begins with one "/", or data:image/';

/** What may stand in the `src` of an `img`; empty for none. */
export function icon() {
  return z.string({ error: ICON }).refine(
    (text) => {
      if (text === '' || /^\/(?![/\\])[^\s\\]*$/.test(text) || /^data:image\/[^\s]+$/.test(text)) return true;
      const url = webUrl(text);
      return url !== undefined && isSecure(url);
    },
    { error: ICON },
  );
}

const CALLBACK = 'expected an absolute http or https address without fragment, such as "https://example.com/auth/google/callback"';

/** A redirect URI (RFC 6749, section 3.1.2): never completed from a header, so absolute; in its normal form. */
export function callbackUrl() {
  return z
    .string({ error: CALLBACK })
    .refine((text) => webUrl(text) !== undefined && !text.includes('#'), { error: CALLBACK })
    .transform((text) => new URL(text).href);
}

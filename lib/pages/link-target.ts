// What a link or a form may lead to.

/** Only there to resolve a path against. */
const BASE = 'https://origin.invalid';

/** Escaping keeps a URL inside its attribute, not `javascript:` out of it; anything but http, https and paths leads nowhere. */
export function linkTarget(url: string): string {
  return URL.canParse(url, BASE) && /^https?:$/.test(new URL(url, BASE).protocol) ? url : '#';
}

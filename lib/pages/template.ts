// Templates: compiled once, typed by the data they take, escaping everything that is not marked as markup; and the small pieces that most
// of them use: links, days and times, pictures.

import { Eta } from 'eta';

const eta = new Eta({ autoEscape: true });

/**
 * A template of eta. `<%= it.x %>` escapes for text and for quoted attributes; `<%~ it.xHtml %>` does not, and is only for what
 * another template made: such fields end in `Html`.
 */
export function template<T extends object>(source: string): (data: T) => string {
  const compiled = eta.compile(source);
  return (data) => eta.render(compiled, data);
}

/** Only there to resolve a path against. */
const BASE = 'https://origin.invalid';

/** Escaping keeps a URL inside its attribute, not `javascript:` out of it; anything but http, https and paths leads nowhere. */
export function linkTarget(url: string): string {
  return URL.canParse(url, BASE) && /^https?:$/.test(new URL(url, BASE).protocol) ? url : '#';
}

const time = template<{ readonly iso: string; readonly text: string }>('<time datetime="<%= it.iso %>"><%= it.text %></time>');

/** The same day for everybody, wherever the server and the reader are: UTC, as in our mails. */
export function longDate(date: Date, language: string): string {
  const text = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(date);
  return time({ iso: date.toISOString(), text });
}

/** To the minute, in UTC: neither the server nor a page without scripts knows where the reader is. */
export function longTime(date: Date, language: string): string {
  const text = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }).format(date);
  return time({ iso: date.toISOString(), text: `${text} UTC` });
}

const picture = template<{ readonly src: string }>(
  '<img class="icon" src="<%= it.src %>" alt="" width="40" height="40" referrerpolicy="no-referrer">',
);
const letter = template<{ readonly letter: string }>('<span class="icon letter" aria-hidden="true"><%= it.letter %></span>');

/** The address stays as it is configured, `data:` as well: a browser runs no script for a picture. */
export function providerIcon({ name, icon }: { readonly name: string; readonly icon: string }): string {
  if (icon !== '') return picture({ src: icon });
  return letter({ letter: Array.from(name.trim())[0]?.toUpperCase() ?? '?' });
}

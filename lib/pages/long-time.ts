// A moment, for people and for programs.

import { template } from './template.js';

const render = template<{ readonly iso: string; readonly text: string }>('<time datetime="<%= it.iso %>"><%= it.text %></time>');

/** To the minute, in UTC: neither the server nor a page without scripts knows where the reader is. */
export function longTime(date: Date, language: string): string {
  const text = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }).format(date);
  return render({ iso: date.toISOString(), text: `${text} UTC` });
}

// A day, for people and for programs.

import { template } from './template.js';

const render = template<{ readonly iso: string; readonly text: string }>('<time datetime="<%= it.iso %>"><%= it.text %></time>');

/** The same day for everybody, wherever the server and the reader are: UTC, as in our mails. */
export function longDate(date: Date, language: string): string {
  const text = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(date);
  return render({ iso: date.toISOString(), text });
}

// A provider's picture, or the first letter of its name where it has none; silent for screen readers, since the name stands beside it.

import { template } from './template.js';

const picture = template<{ readonly src: string }>(
  '<img class="icon" src="<%= it.src %>" alt="" width="40" height="40" referrerpolicy="no-referrer">',
);
const letter = template<{ readonly letter: string }>('<span class="icon letter" aria-hidden="true"><%= it.letter %></span>');

/** The address stays as it is configured, `data:` as well: a browser runs no script for a picture. */
export function providerIcon({ name, icon }: { readonly name: string; readonly icon: string }): string {
  if (icon !== '') return picture({ src: icon });
  return letter({ letter: Array.from(name.trim())[0]?.toUpperCase() ?? '?' });
}

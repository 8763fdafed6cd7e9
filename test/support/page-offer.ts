// What the connections page lets somebody take away, read as text.

import type { Caller } from './removals.js';

/** Whether it has a button for it that can be pressed; undefined where the page does not tell of it. */
export async function pageOffers(by: Caller, what: string): Promise<boolean | undefined> {
  const { text } = await by.call('GET', '/account/connections');
  if (what === 'password') {
    if (text.includes('id="password-locked"')) return false;
    return text.includes('/account/connections/password/remove"') ? true : undefined;
  }
  const items = text.split('<li class="item">').map((rest) => rest.split('</li>')[0] ?? '');
  const item = items.find((one) => one.includes(`/account/connections/${what}/unlink"`));
  return item === undefined ? undefined : !item.includes('<button disabled');
}

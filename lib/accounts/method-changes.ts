// What a change did to somebody's sign-in methods, as the notices they get of it.

import { identityKey } from './keys.js';
import type { MailTemplate } from './mail-message.js';
import type { Account, SignInMethod } from './types.js';

/** All that is stored of a user's sign-in methods: what is switched off today may let somebody in tomorrow. */
export interface StoredMethods {
  readonly account: Account;
  /** Undefined where the host could not tell: then nothing is known to have come or gone. */
  readonly hostMethods: readonly SignInMethod[] | undefined;
}

export interface MethodChange {
  readonly template: MailTemplate;
  /** The provider of a link. */
  readonly provider?: string;
}

function passwordChanges(before: string | undefined, after: string | undefined): readonly MethodChange[] {
  if (before === after) return [];
  if (before === undefined) return [{ template: 'password_set' }];
  return [{ template: after === undefined ? 'password_removed' : 'password_changed' }];
}

/** The links that only the first account has. By identity: another subject of the same provider is another link. */
function linksMissing(from: Account, there: Account, template: MailTemplate): readonly MethodChange[] {
  const known = new Set(there.links.map(identityKey));
  return from.links.filter((link) => !known.has(identityKey(link))).map(({ provider }) => ({ template, provider }));
}

/** One notice for however many methods of the host's: their ids are its own business, and nothing to show. */
function hostMethodsMissing(from: StoredMethods, there: StoredMethods, template: MailTemplate): readonly MethodChange[] {
  if (from.hostMethods === undefined || there.hostMethods === undefined) return [];
  const known = new Set(there.hostMethods.map(({ id }) => id));
  return from.hostMethods.some(({ id }) => !known.has(id)) ? [{ template }] : [];
}

/** Nothing when the methods are the same ones, in whatever order. */
export function methodChanges(before: StoredMethods, after: StoredMethods): readonly MethodChange[] {
  return [
    ...passwordChanges(before.account.user.passwordHash, after.account.user.passwordHash),
    ...linksMissing(after.account, before.account, 'linked'),
    ...linksMissing(before.account, after.account, 'unlinked'),
    ...hostMethodsMissing(after, before, 'method_added'),
    ...hostMethodsMissing(before, after, 'method_removed'),
  ];
}

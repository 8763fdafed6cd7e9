// Which mail a change of a person's sign-in methods causes, and to whom: the stored address, never one from the request.

import { identityKey, normalEmail } from './keys.js';
import type { MailMessage, MailTemplate } from './mail-message.js';
import type { Journal } from './ports.js';
import type { Account, SignInMethod, User } from './types.js';

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
function methodChanges(before: StoredMethods, after: StoredMethods): readonly MethodChange[] {
  return [
    ...passwordChanges(before.account.user.passwordHash, after.account.user.passwordHash),
    ...linksMissing(after.account, before.account, 'linked'),
    ...linksMissing(before.account, after.account, 'unlinked'),
    ...hostMethodsMissing(after, before, 'method_added'),
    ...hostMethodsMissing(before, after, 'method_removed'),
  ];
}

/** A provider's id, or where a change came from. */
export type NoticeDetail = string | { readonly device: string | undefined };

export interface Notices {
  /** Puts the notice of a change that left the address alone into the outbox; a user without an address gets none. */
  send(journal: Journal, user: User, template: MailTemplate, about?: NoticeDetail): Promise<void>;
  /** The same for whatever differs, to the address before and, where it is another one, to the address after. */
  sendChanges(journal: Journal, before: StoredMethods, after: StoredMethods): Promise<void>;
}

/** The address before comes first, and wins over another spelling of it: who takes an account over cannot choose it. */
function addressees(before: User, after: User): readonly User[] {
  const [was, is] = [before, after].map(({ email }) => (email === undefined ? undefined : normalEmail(email.trim())));
  const same = was !== undefined && was === is;
  return same ? [before] : [before, after];
}

export function createNotices(appName: string, displayName: (provider: string) => string): Notices {
  function detailOf(about: NoticeDetail | undefined): Pick<MailMessage['data'], 'provider' | 'device'> {
    if (typeof about === 'string') return { provider: displayName(about) };
    return about?.device === undefined ? {} : { device: about.device };
  }

  async function send(journal: Journal, user: User, template: MailTemplate, about?: NoticeDetail): Promise<void> {
    if (user.email === undefined) return;
    const named = detailOf(about);
    const data: MailMessage['data'] = { appName, nickname: user.nickname, at: new Date().toISOString(), ...named };
    await journal.mail({ template, to: user.email, language: user.language, data });
  }

  return {
    send,
    async sendChanges(journal, before, after) {
      for (const { template, provider } of methodChanges(before, after)) {
        for (const user of addressees(before.account.user, after.account.user)) await send(journal, user, template, provider);
      }
    },
  };
}

/** Where the host sends no mail. */
export const noNotices: Notices = { send: async () => undefined, sendChanges: async () => undefined };

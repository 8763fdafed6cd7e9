// Which mail a change causes, and to whom: the stored address, never one from the request.

import { normalEmail } from './keys.js';
import type { MailMessage, MailTemplate } from './mail-message.js';
import { methodChanges, type StoredMethods } from './method-changes.js';
import type { Journal } from './ports.js';
import type { User } from './types.js';

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

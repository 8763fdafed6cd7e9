// Which mail a change causes, and to whom: the stored address, never one from the request.

import type { MailMessage, MailTemplate } from '../mail/message.js';
import type { Journal } from './ports.js';
import type { User } from './types.js';

export interface Notices {
  /** Puts the notice into the outbox; a user without an address gets none. */
  send(journal: Journal, user: User, template: MailTemplate, provider?: string): Promise<void>;
}

export function createNotices(appName: string, displayName: (provider: string) => string): Notices {
  return {
    async send(journal, user, template, provider) {
      if (user.email === undefined) return;
      const named = provider === undefined ? {} : { provider: displayName(provider) };
      const data: MailMessage['data'] = { appName, nickname: user.nickname, at: new Date().toISOString(), ...named };
      await journal.mail({ template, to: user.email, language: user.language, data });
    },
  };
}

/** Where the host sends no mail. */
export const noNotices: Notices = { send: async () => undefined };

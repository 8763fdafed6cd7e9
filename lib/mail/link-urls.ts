// Makes the URL of a mailed link when the mail is sent: until then its token is kept encrypted in the outbox.

import type { MailLink, MailMessage } from '../accounts/mail-message.js';
import type { TokenSeal } from '../tokens/seal.js';

export interface LinkUrls {
  /** Encrypts a token for one recipient. */
  seal(to: string, token: string): string;
  /** Undefined when no key of ours opens it any more. */
  urlOf(message: MailMessage): string | undefined;
}

export interface LinkUrlsOptions {
  readonly seal: TokenSeal;
  /** Where the pages stand, with their origin. */
  readonly pages: Readonly<Record<MailLink['page'], string>>;
}

/** The seal ties what it encrypts to an identity; of a mail that is its recipient. */
const recipient = (to: string) => ({ provider: 'mail', subject: to });

export function createLinkUrls({ seal, pages }: LinkUrlsOptions): LinkUrls {
  return {
    seal: (to, token) => seal.seal(recipient(to), { accessToken: token, refreshToken: undefined }),
    urlOf({ to, data: { link } }) {
      if (link === undefined) return undefined;
      if (link.sealed === undefined) return pages[link.page];
      const token = seal.open(recipient(to), link.sealed)?.accessToken;
      const query = new URLSearchParams({ ...(token === undefined ? {} : { token }), ...(link.id === undefined ? {} : { id: link.id }) });
      return token === undefined ? undefined : `${pages[link.page]}?${query}`;
    },
  };
}

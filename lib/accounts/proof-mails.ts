// Mails that contain a link: written in the transaction that stores what the link may be used for.

import type { AddressTransaction, NewProof } from './address-ports.js';
import type { LinkTemplate, MailLink } from './mail-message.js';
import type { Journal } from './ports.js';
import { issueProof } from './proof-tokens.js';
import type { User } from './types.js';

export interface ProofMailsOptions {
  readonly appName: string;
  /** Encrypts a token for its recipient, as long as the mail waits. */
  seal(to: string, token: string): string;
  publicId(userId: string): string;
}

export type Issue = Pick<NewProof, 'purpose' | 'address'> & { readonly asksPassword?: boolean };

export interface ProofMails {
  /** Keeps a proof in place of an older one, and mails its link to the address that it is about. */
  issue(transaction: AddressTransaction, user: User, issue: Issue): Promise<void>;
  /** The first of a new sign-up. @throws ConstraintViolation when somebody has just signed up with the address */
  issueFirst(transaction: AddressTransaction, user: User, address: string): Promise<void>;
  /** Tells whoever has an account that somebody has tried to make another one with its address. */
  tellOwner(journal: Journal, owner: User, address: string): Promise<void>;
}

const MAILS = {
  sign_up: { template: 'confirm_sign_up', page: 'verify' },
  address: { template: 'confirm_address', page: 'verify' },
  reset: { template: 'reset_password', page: 'reset' },
} as const satisfies Record<NewProof['purpose'], { readonly template: LinkTemplate; readonly page: MailLink['page'] }>;

export function createProofMails({ appName, seal, publicId }: ProofMailsOptions): ProofMails {
  async function mail(journal: Journal, user: User, to: string, template: LinkTemplate, link: MailLink): Promise<void> {
    const data = { appName, nickname: user.nickname, at: new Date().toISOString(), link };
    await journal.mail({ template, to, language: user.language, data });
  }

  const mailProof = (journal: Journal, user: User, { purpose, address }: Pick<NewProof, 'purpose' | 'address'>, token: string) =>
    mail(journal, user, address, MAILS[purpose].template, {
      page: MAILS[purpose].page,
      sealed: seal(address, token),
      id: publicId(user.id),
    });

  return {
    async issue(transaction, user, { purpose, address, asksPassword = false }) {
      const { token, proof } = issueProof({ purpose, userId: user.id, address, asksPassword });
      await transaction.keepProof(proof);
      await mailProof(transaction, user, proof, token);
    },
    async issueFirst(transaction, user, address) {
      const { token, proof } = issueProof({ purpose: 'sign_up', userId: user.id, address, asksPassword: false });
      await transaction.keepFirstProof(proof);
      await mailProof(transaction, user, proof, token);
    },
    tellOwner: (journal, owner, address) => mail(journal, owner, address, 'has_account', { page: 'forgot' }),
  };
}

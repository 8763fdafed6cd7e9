// The mails that the core requests: which notice or link, and to whom; words and layout are left to the templates.

/** A notice tells of what has happened, and holds no link. */
export type MailTemplate =
  | 'linked'
  | 'unlinked'
  | 'password_set'
  | 'password_changed'
  | 'password_removed'
  /** A link in a mail set it, which ended every session. */
  | 'password_reset'
  /** To the address of before. */
  | 'address_changed'
  /** A used refresh token came back, and every session ended. */
  | 'sessions_ended'
  /** Of a sign-in method that the host calls its own: a passkey, a magic link. */
  | 'method_added'
  | 'method_removed';

/** A mail that somebody has asked for, with one link in it. */
export type LinkTemplate =
  | 'confirm_sign_up'
  /** Of somebody who is active: the address they have, or the one they want. */
  | 'confirm_address'
  | 'reset_password'
  /** Somebody signs up with an address that has an account. */
  | 'has_account';

/** Where the link leads. */
export interface MailLink {
  readonly page: 'verify' | 'reset' | 'forgot';
  /** The token, encrypted for this recipient: the database holds none that can be read. */
  readonly sealed?: string;
  /** The public id of whom it is about, for clients that ask for one beside the token. */
  readonly id?: string;
}

interface MailData {
  readonly appName: string;
  /** The provider's display name, for `linked` and `unlinked`. */
  readonly provider?: string;
  /** From where, for `password_changed`; a client may have said anything. */
  readonly device?: string;
  readonly nickname: string;
  /** ISO 8601. */
  readonly at: string;
  /** In a `LinkTemplate`. */
  readonly link?: MailLink;
}

/** One mail in the outbox. Plain JSON. */
export interface MailMessage {
  readonly template: MailTemplate | LinkTemplate;
  readonly to: string;
  /** BCP 47, e.g. `en-US` or `zh-CN`; anything unknown is read as English. */
  readonly language: string;
  readonly data: MailData;
}

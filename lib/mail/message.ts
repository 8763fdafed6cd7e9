// What the core asks to be mailed: which notice, to whom; words and layout are the templates' business.

export type MailTemplate =
  | 'linked'
  | 'unlinked'
  | 'password_set'
  | 'password_changed'
  | 'password_removed'
  /** A used refresh token came back, and every session ended. */
  | 'sessions_ended'
  /** Of a sign-in method that the host calls its own: a passkey, a magic link. */
  | 'method_added'
  | 'method_removed';

/** One notice in the outbox. Plain JSON. */
export interface MailMessage {
  readonly template: MailTemplate;
  readonly to: string;
  /** BCP 47, e.g. `en-US` or `zh-CN`; anything unknown is read as English. */
  readonly language: string;
  readonly data: {
    readonly appName: string;
    /** The provider's display name, for `linked` and `unlinked`. */
    readonly provider?: string;
    /** From where, for `password_changed`; a client may have said anything. */
    readonly device?: string;
    readonly nickname: string;
    /** ISO 8601. */
    readonly at: string;
  };
}

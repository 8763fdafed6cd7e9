// The interface through which a finished mail is sent.

/** A mail, ready to be sent. */
export interface Mail {
  /** The outbox id: the same mail sent again carries the same one. 1 to 100 letters, digits, `_` or `-`. */
  readonly id: string;
  /** The operator's own address, `a@b.test` or `Name <a@b.test>`. */
  readonly from: string;
  /** One bare address. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface MailTransport {
  /**
   * Resolves once the other side has taken responsibility for the mail.
   * @throws TypeError if `to` is not one bare address or `id` is not a plain name; otherwise the error of the other side. If an error
   * has nodemailer's `responseCode`, `response` and `command` and says that there is no such mailbox, the mail is not tried again.
   */
  send(mail: Mail): Promise<void>;
  /** Ends all sending; every `send` that is not finished fails. */
  close(): void;
}

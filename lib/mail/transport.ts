// The port a rendered notice leaves the house through.

/** A notice, ready to go. */
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
   * @throws TypeError when `to` is not one bare address or `id` not a plain name; whatever the other side said otherwise. An error
   * with nodemailer's `responseCode`, `response` and `command` that says that there is no such mailbox is not tried again.
   */
  send(mail: Mail): Promise<void>;
  /** Ends what is under way; its `send` fails. */
  close(): void;
}

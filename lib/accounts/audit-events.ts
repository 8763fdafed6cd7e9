// The names of audit events.

export type AuditEventName =
  | 'auth.oauth.sign_in.success'
  | 'auth.oauth.sign_in.failure'
  | 'auth.oauth.link.success'
  | 'auth.oauth.link.failure'
  | 'auth.oauth.unlink.success'
  | 'auth.oauth.unlink.failure'
  | 'auth.password.sign_in.success'
  | 'auth.password.sign_in.failure'
  | 'auth.password.sign_up.success'
  | 'auth.password.sign_up.failure'
  /** Nobody proved the address in time. */
  | 'auth.password.sign_up.forsaken'
  | 'auth.password.set.success'
  | 'auth.password.set.failure'
  | 'auth.password.remove.success'
  | 'auth.password.remove.failure'
  | 'auth.verify_email.success'
  | 'auth.verify_email.failure'
  | 'auth.resend_verification.requested'
  | 'auth.forgot_password.requested'
  | 'auth.reset_password.success'
  | 'auth.reset_password.failure'
  | 'auth.change_email.requested'
  | 'auth.change_email.success'
  | 'auth.change_email.failure'
  /** Somebody else has proven the address that this account had only said to have. */
  | 'auth.address.lost'
  | 'auth.change_password.success'
  | 'auth.change_password.failure'
  | 'auth.logout.success'
  | 'auth.sessions.revoke.success'
  | 'auth.sessions.revoke.failure'
  | 'auth.sessions.revoke_all.success'
  | 'auth.sessions.revoke_all.failure'
  | 'auth.token.reuse_detected'
  | 'outbox.mail.given_up'
  | 'outbox.revocation.given_up'
  | 'outbox.webhook.given_up'
  /** By an operator. */
  | 'outbox.mail.dropped'
  | 'outbox.revocation.dropped'
  | 'outbox.webhook.dropped';

export interface AuditEvent {
  readonly event: AuditEventName;
  readonly userId?: string | undefined;
  readonly provider?: string | undefined;
  /** Plain JSON, small, without secrets. */
  readonly detail?: Readonly<Record<string, unknown>> | undefined;
}

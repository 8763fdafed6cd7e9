// The names of what gets written down.

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
  | 'auth.password.set.success'
  | 'auth.password.set.failure'
  | 'auth.password.remove.success'
  | 'auth.password.remove.failure'
  | 'auth.token.reuse_detected'
  | 'outbox.mail.given_up'
  | 'outbox.revocation.given_up';

export interface AuditEvent {
  readonly event: AuditEventName;
  readonly userId?: string | undefined;
  readonly provider?: string | undefined;
  /** Plain JSON, small, without secrets. */
  readonly detail?: Readonly<Record<string, unknown>> | undefined;
}

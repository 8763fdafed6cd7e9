// The public exports: the plugin and its types, the error a host may catch, and the mail transports it may pass. The type of `req.user` is left to the host.

export type { LatchkeySettings, SignUpOptions, WebhookOptions } from '../config/options.js';
export type { HostUsers, UserCreated } from '../models/host-users.js';
export type { HostSignInMethods } from '../models/method-facts.js';
export { type SqliteDriver, sqliteDriver } from '../models/sqlite-driver.js';
export type { BeforeSignUp, SignUpDecision } from './accounts/admissions.js';
export type { Permit, Removable } from './accounts/anti-lockout.js';
export { type FailureCode, LatchkeyError } from './accounts/errors.js';
export type { ImportConflict, ImportOutcome, ImportReason, LinkRow } from './accounts/link-imports.js';
export type { LinkChange } from './accounts/links.js';
export type { PasswordHasher } from './accounts/password-hasher.js';
export type { SocialLink } from './accounts/types.js';
export { permitOf } from './http/request-facts.js';
export { fileTransport } from './mail/file-transport.js';
export { smtpTransport } from './mail/smtp-transport.js';
export type { Mail, MailTransport } from './mail/transport.js';
export type { RequestUser } from './middleware/for-host.js';
export type { Notice, Page, PageFrame } from './pages/page.js';
export type { HostInvites } from './plugin/host-invites.js';
export type { HostLinks } from './plugin/host-links.js';
export type { ImportOptions, LinkRows } from './plugin/import-links.js';
export { type Latchkey, type LatchkeyEvents, latchkey } from './plugin/latchkey.js';
export type { HostSignIn, LatchkeyOptions, MailOptions, PageOptions, PathOptions } from './plugin/options.js';
export { migrateSchema, type SchemaOptions } from './plugin/storage.js';
export type { Language, TextOptions } from './plugin/texts.js';
export type { HostProfile, HostProviderOptions, PassportStrategy } from './providers/host.js';
export { ConfigurationError } from './support/configuration-error.js';
export type { Logger } from './support/logger.js';

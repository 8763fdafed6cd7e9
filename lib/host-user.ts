// What is public: the plugin and its types, the failure a host may catch, and the mail transports it may pass. `req.user` is left to the host's own types.

export { ConfigurationError } from '../config/configuration-error.js';
export type { LatchkeySettings } from '../config/options.js';
export type { HostProfile, HostProviderOptions, PassportStrategy } from '../config/provider-options.js';
export type { HostSignInMethods } from '../models/host-functions.js';
export type { HostUsers } from '../models/user-mapping.js';
export type { LinkChange } from './accounts/links.js';
export type { PasswordHasher } from './accounts/passwords.js';
export type { SocialLink } from './accounts/types.js';
export { type FailureCode, LatchkeyError } from './errors.js';
export type { HostLinks } from './host-links.js';
export type { HostSignIn } from './host-session.js';
export { type Latchkey, type LatchkeyEvents, latchkey } from './latchkey.js';
export type { Logger } from './logger.js';
export { fileTransport } from './mail/file-transport.js';
export { smtpTransport } from './mail/smtp-transport.js';
export type { Mail, MailTransport } from './mail/transport.js';
export type { RequestUser } from './middleware/for-host.js';
export type { LatchkeyOptions, MailOptions, PageOptions, PathOptions } from './options.js';
export type { Notice, Page, PageFrame, PageLanguage } from './pages/page.js';
export { migrateSchema, type SchemaOptions } from './schema.js';
export { type SqliteDriver, sqliteDriver } from './sqlite-driver.js';

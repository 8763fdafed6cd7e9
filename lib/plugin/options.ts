// Everything a host passes to the plugin: the settings of the JSON file, and what only code can give.

import type { Request, Response, Router } from 'express';
import type { Redis } from 'ioredis';
import type { Sequelize } from 'sequelize';
import type { LatchkeySettings } from '../../config/options.js';
import type { HostSignInMethods } from '../../models/method-facts.js';
import type { HostUsers, UserCreated } from '../../models/user-mapping.js';
import type { BeforeSignUp } from '../accounts/admissions.js';
import type { PasswordHasher } from '../accounts/password-hasher.js';
import type { MailTransport } from '../mail/transport.js';
import type { Page, PageFrame } from '../pages/page.js';
import type { Logger } from '../support/logger.js';
import type { TextOptions } from './texts.js';

/**
 * Opens the host's own session for whoever has just signed in; `user` is the row of `users.model`. The session has a new id by then.
 * What it throws ends the sign-in.
 */
export type HostSignIn = (req: Request, user: object, res: Response) => Promise<void> | void;

/** Where the routers answer; every prefix can be moved. */
export interface PathOptions {
  /** Prefixes of the Cloudreve calls. Default `['', '/api/v4']`. */
  readonly cloudreve?: readonly string[];
  /** Prefixes of the BIO.RE call. Default `['/api/v1']`. */
  readonly biore?: readonly string[];
  /** Prefixes of the GenAuth calls. Default `['/api/v3']`. */
  readonly genauth?: readonly string[];
  /** Prefixes of `/auth/…` and `/account/connections`; our pages link to the first. Default `['']`. */
  readonly browser?: readonly string[];
  /**
   * What stands before all our paths in the addresses that people see: `'/v2'` for `app.use('/v2', keys.router)`, and where a proxy
   * takes a prefix away before the app. Default none. Mounted elsewhere, every request fails with a sentence that says so.
   */
  readonly mount?: string;
  /** The path of the redirect URIs, without the provider, below `mount`. Default `/callback/openid`. */
  readonly callback?: string;
  /** Where a sign-in page of ours stands, such as `/`. Default none: `/account/connections` asks people to sign in. */
  readonly startPage?: string;
  /** The path of the host's own sign-in page: who has to sign in first is sent there, with `returnTo`. Default: a page of ours asks. */
  readonly signIn?: string;
}

export interface MailOptions {
  /** How mail is delivered: `smtpTransport(url)`, `fileTransport(folder)`, or the host's own. */
  readonly transport: MailTransport;
  /** The sender's address, `a@b.test` or `Name <a@b.test>`. */
  readonly from: string;
}

/** How our pages look. */
export interface PageOptions {
  /** A style sheet of this origin (the policy of our pages allows no other), loaded after ours: it can set the `--latchkey-…` variables. Default none. */
  readonly stylesheet?: string;
  /**
   * Makes the HTML of a page; undefined leaves the page to ours. Everything in `page` and `frame` is untrusted text, and the
   * Content-Security-Policy takes scripts and styles as files of this origin only. Default: our own pages.
   */
  readonly render?: (page: Page, frame: PageFrame) => string | undefined;
}

export interface LatchkeyOptions extends LatchkeySettings {
  /** The host's own instance, of dialect `sqlite` (a file), `mysql` (also for MariaDB) or `postgres`. Required. */
  readonly sequelize: Sequelize;
  /** With it flows, cookie sessions and rate limits live in Redis, and any number of processes serve together. Default: the SQL database, and limits per process. */
  readonly redis?: Redis;
  /** The host's own users. Default: a `users` table of our own. */
  readonly users?: HostUsers;
  /** Ids of further sign-in methods that work now (passkeys, magic links, an own login); they count for the anti-lockout guard. Default none. */
  readonly signInMethods?: HostSignInMethods;
  /** The id of the user whom the host's own session has signed in. Default: `req.user` by the users' id attribute. */
  readonly currentUser?: (req: Request) => string | number | undefined | null;
  /**
   * Opens the host's own session for whoever signs in here by a browser: `'passport'` calls `req.login` with the row of `users.model`, a
   * function gets `(req, row, res)`. Default: a session of ours alone, which `requireUser` knows.
   */
  readonly hostSession?: 'passport' | HostSignIn;
  /** When the person signed in by the host's own session, for `reauthenticateWithin`. Default: unknown, and so never recent. */
  readonly signedInAt?: (req: Request) => Date | undefined;
  /** Secrets of before: tokens of providers that were sealed under them can still be read. Default none. */
  readonly previousSecrets?: readonly string[];
  /**
   * Asked before a user is made, at every door: `({ identity, profile, context })` returns nothing to go on, `{ refuse: true, message? }`
   * or what to write of the new user. Called outside any transaction, within 5 s, perhaps again for the same person; what it throws
   * makes nobody. `identity` is undefined for a sign-up by password, whose address nobody has proven yet. Default: everybody goes on.
   */
  readonly beforeSignUp?: BeforeSignUp;
  /**
   * Told of each new user in the transaction that makes them (with proof of address: `inactive` still); what it throws takes the
   * sign-up back, and a conflict in the database runs it again. Default none.
   */
  readonly userCreated?: UserCreated;
  /** How stored passwords are made and checked. Default Argon2id. */
  readonly passwordHasher?: PasswordHasher;
  /** Default: no notices are mailed. */
  readonly mail?: MailOptions;
  /** A pino logger fits. Default: warnings and errors as JSON lines on standard output. */
  readonly logger?: Logger;
  readonly paths?: PathOptions;
  readonly pages?: PageOptions;
  /** What pages and mails say, and in which further languages. Default: English, Simplified Chinese, German, French, Spanish and Japanese of ours. */
  readonly texts?: TextOptions;
  /**
   * Also serves the calls and pages of an app with accounts of its own: sign-up and sign-in by password, sessions, native apps and,
   * where `mail` is set, proof of address and recovery. Default false.
   */
  readonly localAccounts?: boolean;
  /** Bring the schema up to date at start. Default true; false for hosts that call `migrateSchema` themselves. */
  readonly migrate?: boolean;
  /** Prepended to the name of every table of ours. Default none. */
  readonly tablePrefix?: string;
}

/** The routers one by one. */
export interface Routers {
  readonly cloudreve: Router;
  readonly localAccounts: Router;
  readonly biore: Router;
  readonly genauth: Router;
  /** `/auth/…`, `/account/connections`, `/account/sessions` and the callback. */
  readonly browser: Router;
  /** The callback alone, for an app that does not mount `browser`. */
  readonly pages: Router;
}

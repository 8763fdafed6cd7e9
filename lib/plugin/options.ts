// Everything a host passes to the plugin: the settings of the JSON file, and the options that only code can give.

import type { Request, Response, Router } from 'express';
import type { Redis } from 'ioredis';
import type { Sequelize } from 'sequelize';
import type { LatchkeySettings } from '../../config/options.js';
import type { HostUsers, UserCreated } from '../../models/host-users.js';
import type { HostSignInMethods } from '../../models/method-facts.js';
import type { BeforeSignUp } from '../accounts/admissions.js';
import type { PasswordHasher } from '../accounts/password-hasher.js';
import type { MailTransport } from '../mail/transport.js';
import type { Page } from '../pages/page.js';
import type { PageFrame } from '../pages/page-frame.js';
import type { Logger } from '../support/logger.js';
import type { TextOptions } from './texts.js';

/**
 * Opens the host's own session for the person who has just signed in; `user` is the row of `users.model`. The session has a new id by
 * then. If the function throws, the sign-in ends.
 */
export type HostSignIn = (req: Request, user: object, res: Response) => Promise<void> | void;

/** Where the routers answer; every prefix can be moved. */
export interface PathOptions {
  /** Prefixes of the Cloudreve calls. Default `['', '/api/v4']`. */
  readonly cloudreve?: readonly string[];
  /** Prefixes of the BIO.RE calls. Default `['/api/v1']`. */
  readonly biore?: readonly string[];
  /** Prefixes of the GenAuth calls. Default `['/api/v3']`. */
  readonly genauth?: readonly string[];
  /** Prefixes of `/auth/…` and `/account/connections`; our pages link to the first. Default `['']`. */
  readonly browser?: readonly string[];
  /**
   * The prefix of all our paths in the addresses that people see: `'/v2'` for `app.use('/v2', keys.router)`, and also for a proxy that
   * strips `/v2` before the app. Default none. If the router is mounted elsewhere, every request fails with a message that says so.
   */
  readonly mount?: string;
  /** The path of the redirect URIs, without the provider, below `mount`. Default `/callback/openid`. */
  readonly callback?: string;
  /** The path where our sign-in page is served, such as `/`. Default none: `/account/connections` asks people to sign in. */
  readonly startPage?: string;
  /** The path of the host's own sign-in page: people who have to sign in first are sent there, with `returnTo`. Default: our own page asks them. */
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
   * Makes the HTML of a page; if it returns undefined, our page is shown. Everything in `page` and `frame` is untrusted text, and the
   * Content-Security-Policy allows scripts and styles only as files of this origin. Default: our own pages.
   */
  readonly render?: (page: Page, frame: PageFrame) => string | undefined;
}

export interface LatchkeyOptions extends LatchkeySettings {
  /** The host's own instance, of dialect `sqlite` (a file), `mysql` (also for MariaDB) or `postgres`. Required. */
  readonly sequelize: Sequelize;
  /** With it, flows, cookie sessions and rate limits live in Redis, and any number of processes can serve together. Default: the SQL database, and limits per process. */
  readonly redis?: Redis;
  /** The host's own users. Default: a `users` table of our own. */
  readonly users?: HostUsers;
  /** Returns ids of further sign-in methods that work now (passkeys, magic links, the host's own login); they count for the anti-lockout guard. Default none. */
  readonly signInMethods?: HostSignInMethods;
  /** The id of the user whom the host's own session has signed in. Default: the users' id attribute of `req.user`. */
  readonly currentUser?: (req: Request) => string | number | undefined | null;
  /**
   * Opens the host's own session for anyone who signs in here with a browser: `'passport'` calls `req.login` with the row of
   * `users.model`, a function gets `(req, row, res)`. Default: only our own session, which `requireUser` accepts.
   */
  readonly hostSession?: 'passport' | HostSignIn;
  /** When the person signed in to the host's own session, for `reauthenticateWithin`. Default: unknown, and so never recent. */
  readonly signedInAt?: (req: Request) => Date | undefined;
  /** Earlier secrets: provider tokens that were encrypted under them can still be read. Default none. */
  readonly previousSecrets?: readonly string[];
  /**
   * Called before a user is made, for every kind of sign-up: `({ identity, profile, context })` returns nothing to go on,
   * `{ refuse: true, message? }`, or attributes of the new user. It runs outside any transaction, perhaps more than once for the same
   * person, and must answer within 5 s; if it throws, no user is made. `identity` is undefined for a sign-up by password, whose address
   * nobody has proven yet. Default: nobody is refused.
   */
  readonly beforeSignUp?: BeforeSignUp;
  /**
   * Called for each new user in the transaction that makes them (with proof of address, the user is still `inactive`). If it throws, the
   * sign-up is rolled back; after a conflict in the database it runs again. Default none.
   */
  readonly userCreated?: UserCreated;
  /** How passwords are hashed and checked. Default Argon2id. */
  readonly passwordHasher?: PasswordHasher;
  /** How mail is sent. Default: no mail is sent. */
  readonly mail?: MailOptions;
  /** Where log lines go; a pino logger fits. Default: warnings and errors as JSON lines on standard output. */
  readonly logger?: Logger;
  readonly paths?: PathOptions;
  readonly pages?: PageOptions;
  /** Changes the wording of pages and mails, and adds languages. Default: our English, Simplified Chinese, German, French, Spanish and Japanese. */
  readonly texts?: TextOptions;
  /**
   * Also serves the calls and pages for local accounts: sign-up and sign-in by password, sessions, native apps and, if `mail` is set,
   * proof of address and recovery. Default false.
   */
  readonly localAccounts?: boolean;
  /** Whether to bring the schema up to date at start. Default true; false for hosts that call `migrateSchema` themselves. */
  readonly migrate?: boolean;
  /** Put before the name of every table of ours. Default none. */
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

// The parts of every router: guards to put on a route, and the calls behind them.

import type { RequestHandler } from 'express';
import type { Config } from '../config/config.js';
import type { Addresses } from '../lib/accounts/addresses.js';
import type { Admissions } from '../lib/accounts/admissions.js';
import type { Authorizations } from '../lib/accounts/authorizations.js';
import type { Flows } from '../lib/accounts/flows.js';
import type { Joins } from '../lib/accounts/joins.js';
import type { Moves } from '../lib/accounts/moves.js';
import type { OneTimeStore } from '../lib/accounts/one-time-store.js';
import type { EndAllForReuse, OwnSessions } from '../lib/accounts/own-sessions.js';
import type { Passwords } from '../lib/accounts/passwords.js';
import type { AccountRepository } from '../lib/accounts/ports.js';
import type { ProviderClients } from '../lib/accounts/provider-clients.js';
import type { Recovery } from '../lib/accounts/recovery.js';
import type { SessionRepository } from '../lib/accounts/session-ports.js';
import type { LiveSessions } from '../lib/accounts/sessions.js';
import type { SignUps } from '../lib/accounts/sign-ups.js';
import type { Submissions } from '../lib/accounts/submissions.js';
import type { UsableMethods } from '../lib/accounts/usable-methods.js';
import type { DeviceCookie, FamilyCookie } from '../lib/http/browser-marks.js';
import type { FlashCookie } from '../lib/http/flash-cookie.js';
import type { FlowCookie } from '../lib/http/flow-cookie.js';
import type { Mount } from '../lib/http/mount.js';
import type { RefreshCookie } from '../lib/http/refresh-cookie.js';
import type { AfterAnswer } from '../lib/middleware/after-answer.js';
import type { RemovableOf, Unlink } from '../lib/middleware/anti-lockout.js';
import type { Elsewhere } from '../lib/middleware/base-url-first.js';
import type { PasswordDoors } from '../lib/middleware/password-doors.js';
import type { BioreLimits, MayMail, RateLimits } from '../lib/middleware/rate-limits.js';
import type { Authentication } from '../lib/middleware/require-user.js';
import type { ShowPage } from '../lib/pages/page-answers.js';
import type { PagePaths } from '../lib/pages/paths.js';
import type { Views } from '../lib/pages/views.js';
import type { CookieSessions, RenewSession } from '../lib/sessions/cookie-sessions.js';
import type { CurrentSession } from '../lib/sessions/current-session.js';
import type { Logger } from '../lib/support/logger.js';
import type { PublicIds } from '../lib/tokens/public-ids.js';
import type { TokenPairs } from '../lib/tokens/token-pairs.js';

export interface Guards extends Authentication {
  /** Answers preflights, and lets the origins that the host has named read what follows. */
  readonly crossOrigin: RequestHandler;
  readonly baseUrlFirst: RequestHandler;
  readonly sameOrigin: RequestHandler;
  /** For calls that a refresh cookie alone may sign. */
  readonly refreshOrigin: RequestHandler;
  readonly alwaysSameOrigin: RequestHandler;
  readonly ownNavigation: RequestHandler;
  readonly recentSignIn: RequestHandler;
  readonly limits: RateLimits;
  readonly bioreLimits: BioreLimits;
  readonly passwordDoors: PasswordDoors;
  antiLockout(removableOf: RemovableOf): RequestHandler;
  /** All that stands before an unlink, in every dialect; `checks` come before the recent sign-in is asked for. */
  unlinking(removableOf: RemovableOf, ...checks: readonly RequestHandler[]): readonly RequestHandler[];
}

export interface Parts {
  readonly addresses: Addresses;
  readonly admissions: Admissions;
  readonly afterAnswer: AfterAnswer;
  readonly mayMail: MayMail;
  readonly recovery: Recovery;
  readonly signUps: SignUps;
  /** Sign-ups prove their address first. */
  readonly verifyEmail: boolean;
  /** Links are mailed to whoever has forgotten their password. */
  readonly recovers: boolean;
  readonly config: Config;
  readonly logger: Logger;
  readonly repository: AccountRepository;
  readonly flows: Flows;
  readonly familyCookie: FamilyCookie;
  readonly flowCookie: FlowCookie;
  readonly deviceCookie: DeviceCookie;
  readonly cookieSessions: CookieSessions;
  /** How a provider is called, configured or not. */
  displayName(provider: string): string;
  readonly elsewhere: Elsewhere;
  readonly renewSession: RenewSession;
  readonly providerClients: ProviderClients;
  readonly guards: Guards;
  readonly flashCookie: FlashCookie;
  readonly joins: Joins;
  readonly moves: Moves;
  readonly refreshCookie: RefreshCookie;
  readonly currentSession: CurrentSession;
  readonly ownSessions: OwnSessions;
  readonly endAllForReuse: EndAllForReuse;
  readonly mount: Mount;
  readonly passwords: Passwords;
  /** Calls of an app with accounts of ours are served. */
  readonly localAccounts: boolean;
  readonly liveSessions: LiveSessions;
  readonly paths: PagePaths;
  readonly publicIds: PublicIds;
  readonly sessions: Pick<SessionRepository, 'find' | 'revoke'>;
  readonly show: ShowPage;
  /** Where the sign-in page stands, if anywhere. */
  readonly startPage: string | undefined;
  readonly store: OneTimeStore;
  readonly submissions: Submissions;
  readonly tokens: TokenPairs;
  readonly unlink: Unlink;
  readonly usable: UsableMethods;
  readonly authorizations: Authorizations;
  readonly views: Views;
}

/** `path` under every prefix that the router answers at. */
export function at(prefixes: readonly string[], path: string): string[] {
  return prefixes.map((prefix) => `${prefix}${path}`);
}

// The HTTP parts of this configuration: guards, cookies and pages, made once and shared by all routers.

import type { Request } from 'express';
import type { Config } from '../../config/config.js';
import type { Guards, Parts } from '../../routes/parts.js';
import { createDeviceCookie, createFamilyCookie, type DeviceCookie, type FamilyCookie } from '../http/browser-marks.js';
import { createFlashCookie } from '../http/flash-cookie.js';
import { createFlowCookie } from '../http/flow-cookie.js';
import type { Mount } from '../http/mount.js';
import { createRefreshCookie, type RefreshCookie } from '../http/refresh-cookie.js';
import { createAfterAnswer } from '../middleware/after-answer.js';
import { antiLockout, createUnlink } from '../middleware/anti-lockout.js';
import { auditAction } from '../middleware/audit-action.js';
import { baseUrlFirst, createElsewhere } from '../middleware/base-url-first.js';
import { alwaysSameOrigin, crossOrigin, ownNavigation, refreshOrigin, sameOrigin } from '../middleware/origins.js';
import { createPasswordDoors } from '../middleware/password-doors.js';
import { createBioreLimits, createMailAllowance, createRateLimits } from '../middleware/rate-limits.js';
import { createAuthentication, type HostUser, passportUser, recentSignIn } from '../middleware/require-user.js';
import { createPageAnswers } from '../pages/page-answers.js';
import { createPagePaths } from '../pages/paths.js';
import { pageRenderer } from '../pages/render-page.js';
import { createViews } from '../pages/views.js';
import { type CookieSessions, createRenewSession } from '../sessions/cookie-sessions.js';
import { createCurrentSession } from '../sessions/current-session.js';
import { openCookieSessions } from '../sessions/open-cookie-sessions.js';
import type { Logger } from '../support/logger.js';
import type { Core } from './core.js';
import { withHostSession } from './host-session.js';
import type { LatchkeyOptions } from './options.js';
import type { Storage } from './storage.js';
import type { Texts } from './texts.js';

export interface PartsOptions {
  readonly config: Config;
  readonly mount: Mount;
  readonly options: LatchkeyOptions;
  readonly texts: Texts;
  readonly storage: Storage;
  readonly core: Core;
  readonly logger: Logger;
}

interface Cookies {
  readonly devices: DeviceCookie;
  readonly familyCookie: FamilyCookie;
  readonly refreshCookie: RefreshCookie;
}

/** However a dialect sends it. */
function refreshTokenOf(req: Request, refreshCookie: RefreshCookie): string {
  const body = (req.body ?? {}) as { readonly refresh_token?: unknown; readonly refreshToken?: unknown };
  return String(body.refresh_token ?? refreshCookie.read(req) ?? body.refreshToken ?? '');
}

function composeGuards(
  { config, mount, options, storage, core, logger }: PartsOptions,
  { cookieSessions, hostUser }: { readonly cookieSessions: CookieSessions; readonly hostUser: HostUser },
  { devices, familyCookie, refreshCookie }: Cookies,
): Guards {
  const { redis, signedInAt } = options;
  const { accounts: repository, sessions } = storage;
  const { jwts, liveSessions, publicIds, tokens, usable } = core;
  const guards: Omit<Guards, 'unlinking'> = {
    ...createAuthentication({
      repository,
      liveSessions,
      sessions,
      cookieSessions,
      idleTtlMs: config.sessions.idleTtlMs,
      jwts,
      publicIds,
      hostUser,
    }),
    crossOrigin: crossOrigin(config.allowedOrigins),
    baseUrlFirst: baseUrlFirst(createElsewhere(config.baseUrl, mount.prefix)),
    sameOrigin: sameOrigin(config),
    alwaysSameOrigin: alwaysSameOrigin(config),
    ownNavigation: ownNavigation(config),
    recentSignIn: recentSignIn(config.reauthenticateWithinMs, signedInAt),
    limits: createRateLimits({
      limits: config.rateLimits,
      redis,
      familyOf: (req) => tokens.familyOf(refreshTokenOf(req, refreshCookie)),
    }),
    bioreLimits: createBioreLimits(config.bioreLimits, { redis }),
    refreshOrigin: refreshOrigin({ refreshCookie, familyCookie, tokens, alwaysSameOrigin: alwaysSameOrigin(config) }),
    passwordDoors: createPasswordDoors({ limit: config.rateLimits.password, redis, devices, logger }),
    antiLockout: antiLockout({ repository, usable }),
  };
  const { requireUser, sameOrigin: own, limits, recentSignIn: recent } = guards;
  return {
    ...guards,
    unlinking: (removableOf, ...checks) => [
      auditAction('auth.oauth.unlink'),
      requireUser,
      own,
      limits.unlink,
      ...checks,
      recent,
      guards.antiLockout(removableOf),
    ],
  };
}

export function composeParts(partsOptions: PartsOptions): Parts {
  const { pages: languages } = partsOptions.texts;
  const ours = pageRenderer(languages);
  const { config, mount, options, storage, core, logger } = partsOptions;
  const { redis, paths: pathOptions, pages = {} } = options;
  const { accounts: repository, sessions } = storage;
  const { displayName, links } = core;
  const localAccounts = options.localAccounts === true;
  const ownSessions = openCookieSessions({
    config,
    realm: options.tablePrefix,
    redis,
    records: storage.sessionRecords,
    sessions,
    logger,
  });
  const { hostSession, currentUser: hostUser = passportUser(storage.users.attribute('id') ?? 'id') } = options;
  const cookieSessions =
    hostSession === undefined ? ownSessions : withHostSession(ownSessions, { hostSession, users: storage.users, hostUser, logger });
  const renewSession = createRenewSession(cookieSessions, logger);
  const flashCookie = createFlashCookie(config.baseUrl);
  const deviceCookie = createDeviceCookie(config.baseUrl, config.secret);
  const refreshCookie = createRefreshCookie(config.baseUrl);
  const familyCookie = createFamilyCookie({ baseUrl: config.baseUrl, secret: config.secret, maxAgeMs: config.tokens.refreshTtlMs });
  const paths = createPagePaths({
    mount,
    prefixes: pathOptions?.browser ?? [''],
    genauthPrefixes: pathOptions?.genauth ?? ['/api/v3'],
    startPage: pathOptions?.startPage,
    signIn: pathOptions?.signIn,
  });
  return {
    ...core,
    config,
    logger,
    repository,
    sessions,
    cookieSessions,
    elsewhere: createElsewhere(config.baseUrl, mount.prefix),
    mount,
    renewSession,
    afterAnswer: createAfterAnswer(logger),
    mayMail: createMailAllowance(config.rateLimits.mail, redis),
    flashCookie,
    familyCookie,
    refreshCookie,
    currentSession: createCurrentSession({ refreshCookie, tokens: core.tokens, repository }),
    flowCookie: createFlowCookie(config.baseUrl),
    deviceCookie,
    localAccounts,
    paths,
    startPage: pathOptions?.startPage,
    guards: composeGuards(partsOptions, { cookieSessions, hostUser }, { devices: deviceCookie, familyCookie, refreshCookie }),
    show: createPageAnswers({
      config,
      paths,
      notices: flashCookie,
      render: (page, frame) => pages.render?.(page, frame) ?? ours(page, frame),
      languages,
      stylesheet: pages.stylesheet,
      displayName,
    }),
    unlink: createUnlink(links, renewSession),
    views: createViews({
      config,
      usable: core.usable,
      paths,
      displayName,
      passwords: localAccounts && core.usable.passwordSignIn,
      recovers: core.recovers,
      sessions: localAccounts,
    }),
  };
}

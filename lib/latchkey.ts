// The composition root: the only file that knows every part.

import { EventEmitter } from 'node:events';
import { type RequestHandler, Router } from 'express';
import type { Transaction } from 'sequelize';
import type { Config } from '../config/config.js';
import { parseSettings } from '../config/options.js';
import { countStranded } from '../models/stranded-users.js';
import { bioreRouter } from '../routes/biore.js';
import { browserRouter } from '../routes/browser.js';
import { cloudreveRouter } from '../routes/cloudreve.js';
import { connectionsRouter } from '../routes/connections.js';
import { genauthRouter } from '../routes/genauth.js';
import { localAccountsRouter } from '../routes/local-accounts.js';
import { pagesRouter } from '../routes/pages.js';
import type { Parts } from '../routes/parts.js';
import { askPermit, type UsableMethods } from './accounts/anti-lockout.js';
import { createFlows } from './accounts/flows.js';
import { createLinks, type LinkChange } from './accounts/links.js';
import { createNotices, noNotices } from './accounts/notices.js';
import { argon2Hasher } from './accounts/password-hasher.js';
import { createPasswords } from './accounts/passwords.js';
import { createMakeSession } from './accounts/sessions.js';
import { createSignIn } from './accounts/sign-in.js';
import { createTrips } from './accounts/trips.js';
import type { RequestContext, SocialLink } from './accounts/types.js';
import { describeError } from './describe-error.js';
import { LatchkeyError } from './errors.js';
import { silentLogger } from './logger.js';
import { startMailSender } from './mail/sender.js';
import { antiLockout } from './middleware/anti-lockout.js';
import { crossOrigin } from './middleware/cross-origin.js';
import { signedInOf } from './middleware/current.js';
import { createFlowCookie } from './middleware/flow-cookie.js';
import { forHost } from './middleware/for-host.js';
import { createNoticeCookie } from './middleware/notice-cookie.js';
import { createPageAnswers } from './middleware/page-answers.js';
import { createRateLimits } from './middleware/rate-limits.js';
import { recentSignIn } from './middleware/recent-sign-in.js';
import { createRenewSession } from './middleware/renew-session.js';
import { createAuthentication } from './middleware/require-user.js';
import { alwaysSameOrigin, ownNavigation, sameOrigin } from './middleware/same-origin.js';
import { createUnlink } from './middleware/unlink.js';
import type { LatchkeyOptions } from './options.js';
import { type Courier, startCourier } from './outbox/courier.js';
import { revoker } from './outbox/revocation.js';
import { createPagePaths } from './pages/paths.js';
import { renderPage } from './pages/render-page.js';
import { createViews } from './pages/views.js';
import { createProviderGate } from './passport/provider-gate.js';
import { callbackSegment, defaultDisplayName } from './providers/catalogue.js';
import { openCookieSessions } from './sessions/open-cookie-sessions.js';
import { openStorage, type Storage } from './storage.js';
import { redisOneTimeStore } from './stores/redis-one-time-store.js';
import { createJwts } from './tokens/jwt.js';
import { createPublicIds } from './tokens/public-ids.js';
import { createTokenSeal } from './tokens/seal.js';
import { createTokenPairs } from './tokens/token-pairs.js';

/** Told after the commit. */
export interface LatchkeyEvents {
  linked: [change: LinkChange];
  unlinked: [change: LinkChange];
}

/** The guard from code, for scripts and for the host's own routes. */
export interface HostLinks {
  /** What is linked to a user. @throws LatchkeyError `unauthenticated` when there is no such user */
  list(userId: string | number): Promise<readonly Omit<SocialLink, 'sealedTokens'>[]>;
  /** @throws LatchkeyError `not_linked`, `only_sign_in_method`, `unauthenticated` when there is no such user */
  unlink(userId: string | number, provider: string): Promise<void>;
  /**
   * Runs a change of the host's own to a user's sign-in methods under the user's lock, and takes it back if it would
   * leave none that works. Where `mail` is set the person is told, in the same transaction, of each sign-in method that came
   * or went. A conflict in the database runs the change again, so it has no effect outside the transaction.
   * @throws LatchkeyError `only_sign_in_method`
   */
  guard<T>(userId: string | number, change: (transaction: Transaction) => Promise<T>): Promise<T>;
}

export interface Latchkey {
  /** Every documented path; anything else falls through untouched. */
  readonly router: Router;
  /** The same, one by one. */
  readonly routers: {
    readonly cloudreve: Router;
    readonly localAccounts: Router;
    readonly biore: Router;
    readonly genauth: Router;
    /** `/auth/…`, `/account/connections` and the callback. */
    readonly browser: Router;
    /** The callback alone, for who mounts no `browser`. */
    readonly pages: Router;
  };
  /**
   * For the host's own routes: a Bearer token, the host's session or a cookie session of ours, else an error with `status` 401.
   * A change that a cookie session of ours signs must come from the same origin, else the error has `status` 403.
   */
  readonly requireUser: RequestHandler;
  readonly links: HostLinks;
  on<E extends keyof LatchkeyEvents>(event: E, listener: (...args: LatchkeyEvents[E]) => void): void;
  off<E extends keyof LatchkeyEvents>(event: E, listener: (...args: LatchkeyEvents[E]) => void): void;
  /** Stops timers and the mail sender; the host's Sequelize and Redis stay open. */
  close(): Promise<void>;
}

/** How often what is over is removed from the SQL database, in milliseconds. */
const PURGE_EVERY_MS = 60_000;

function usableMethods(config: Config): UsableMethods {
  return { passwordSignIn: config.passwordSignIn, isProviderEnabled: (id) => config.providers.get(id)?.enabled === true };
}

async function warnOfStranded(options: LatchkeyOptions, config: Config, { models, users }: Storage): Promise<void> {
  const enabled = [...config.providers.values()].filter((provider) => provider.enabled).map(({ id }) => id);
  const stranded = await countStranded({ sequelize: options.sequelize, models, users, passwordSignIn: config.passwordSignIn }, enabled);
  if (stranded > 0) options.logger?.warn({ stranded }, 'users have no sign-in method that this configuration accepts');
}

/** The code of a host acts for nobody's browser. */
function hostContext(): RequestContext {
  return { correlationId: crypto.randomUUID(), ip: undefined, userAgent: undefined };
}

/**
 * Makes the plugin: opens and migrates its tables on the host's Sequelize and returns its routers. No provider is asked
 * for anything yet.
 * @throws ConfigurationError with every mistake in the options, TypeError for a database that is not supported
 */
export async function latchkey(options: LatchkeyOptions): Promise<Latchkey> {
  const {
    sequelize,
    redis,
    users: hostUsers,
    signInMethods,
    currentUser,
    passwordHasher,
    previousSecrets,
    mail,
    signedInAt,
    pages = {},
    logger = silentLogger,
    paths,
    localAccounts,
    migrate,
    tablePrefix,
    ...settings
  } = options;
  const config = parseSettings(settings);
  const events = new EventEmitter<LatchkeyEvents>();
  const couriers: Courier[] = [];
  const seal = createTokenSeal(config.secret, previousSecrets);
  /** The change is committed: what a listener throws is the host's to mend, and nothing the person did wrong. */
  function tell(event: keyof LatchkeyEvents, change: LinkChange): void {
    try {
      events.emit(event, change);
    } catch (error) {
      logger.error({ err: describeError(error) }, `a listener of "${event}" threw`);
    }
  }
  const storage = openStorage({
    sequelize,
    users: hostUsers,
    signInMethods,
    tablePrefix,
    sealTokens: config.storeProviderTokens ? seal.seal : undefined,
    onOutbox: () => {
      for (const courier of couriers) courier.wake();
    },
  });
  const { accounts: repository, sessions, oneTime } = storage;
  const gate = createProviderGate({ config, redirectUri: (id) => `${config.baseUrl}/callback/openid/${callbackSegment(id)}`, logger });
  if (migrate !== false) await storage.migrate();
  await warnOfStranded(options, config, storage);

  const usable = usableMethods(config);
  const displayName = (id: string) => config.providers.get(id)?.displayName ?? defaultDisplayName(id);
  const notices = mail === undefined ? noNotices : createNotices(config.appName, displayName);
  const jwts = createJwts(config.secret);
  const publicIds = createPublicIds(config.secret);
  const tokens = createTokenPairs({
    jwts,
    publicIds,
    sessions,
    audit: (event, context) => repository.audit(event, context),
    secret: config.secret,
    accessTtlMs: config.tokens.accessTtlMs,
    refreshTtlMs: config.tokens.refreshTtlMs,
  });
  const makeSession = createMakeSession({ tokens: config.tokens.refreshTtlMs, cookie: config.sessions.absoluteTtlMs });
  const links = createLinks({
    repository,
    usable,
    notices,
    onLinked: (change) => tell('linked', change),
    onUnlinked: (change) => tell('unlinked', change),
  });
  const signIn = createSignIn({
    repository,
    links,
    signUp: config.signUp,
    linkByVerifiedEmail: config.linkByVerifiedEmail,
    makeSession,
    displayName,
  });
  const store = redis === undefined ? oneTime : redisOneTimeStore(redis);
  const flows = createFlows(store);
  const idAttribute = storage.users.attribute('id') ?? 'id';
  const cookieSessions = openCookieSessions({ config, redis, records: storage.sessionRecords, sessions, logger });
  const authentication = createAuthentication({
    repository,
    sessions,
    cookieSessions,
    idleTtlMs: config.sessions.idleTtlMs,
    jwts,
    publicIds,
    hostUser: currentUser ?? ((req) => (req as { user?: unknown } as { user?: Record<string, string | number> }).user?.[idAttribute]),
  });
  const noticeCookie = createNoticeCookie(config.baseUrl);
  const browserPrefixes = paths?.browser ?? [''];
  const pagePaths = createPagePaths(browserPrefixes[0] ?? '', paths?.startPage);
  const renewSession = createRenewSession(cookieSessions, logger);
  const own = sameOrigin(config);
  const parts: Parts = {
    config,
    logger,
    repository,
    flows,
    flowCookie: createFlowCookie(config.baseUrl),
    cookieSessions,
    renewSession,
    noticeCookie,
    localAccounts: localAccounts === true,
    paths: pagePaths,
    sessions,
    startPage: paths?.startPage,
    gate,
    guards: {
      ...authentication,
      crossOrigin: crossOrigin(config.allowedOrigins),
      sameOrigin: own,
      alwaysSameOrigin: alwaysSameOrigin(config),
      ownNavigation: ownNavigation(config),
      recentSignIn: recentSignIn(config.reauthenticateWithinMs, signedInAt),
      limits: createRateLimits({
        limits: config.rateLimits,
        redis,
        userKey: (req) => signedInOf(req).account.user.id,
        familyKey: (req) => tokens.familyOf(String((req.body as { refresh_token?: unknown } | undefined)?.refresh_token ?? '')),
      }),
      antiLockout: antiLockout({ repository, usable }),
    },
    passwords: createPasswords({ repository, usable, notices, hasher: passwordHasher ?? argon2Hasher, signUp: config.signUp, makeSession }),
    publicIds,
    store,
    show: createPageAnswers({
      config,
      paths: pagePaths,
      notices: noticeCookie,
      render: (page, frame) => pages.render?.(page, frame) ?? renderPage(page, frame),
      stylesheet: pages.stylesheet,
      displayName,
    }),
    tokens,
    unlink: createUnlink(links, renewSession),
    usable,
    views: createViews({ config, usable, paths: pagePaths, passwords: localAccounts === true }),
    trips: createTrips({ flows, gate, signIn, links, isProviderEnabled: usable.isProviderEnabled }),
  };

  const cloudrevePrefixes = paths?.cloudreve ?? ['', '/api/v4'];
  const callbacks = pagesRouter(parts, cloudrevePrefixes);
  const routers = {
    cloudreve: cloudreveRouter(parts, cloudrevePrefixes),
    localAccounts: localAccountsRouter(parts, cloudrevePrefixes),
    biore: bioreRouter(parts, paths?.biore ?? ['/api/v1']),
    genauth: genauthRouter(parts, paths?.genauth ?? ['/api/v3']),
    browser: Router().use(browserRouter(parts, browserPrefixes), connectionsRouter(parts, browserPrefixes), callbacks),
    pages: callbacks,
  };
  const router = Router();
  router.use(routers.cloudreve, routers.biore, routers.genauth, routers.browser);
  if (localAccounts === true) router.use(routers.localAccounts);

  async function accountOf(userId: string | number) {
    const found = await repository.findAccount(String(userId));
    if (found === undefined) throw new LatchkeyError('unauthenticated', { message: 'There is no such user' });
    return found.account;
  }

  if (mail !== undefined) couriers.push(startMailSender({ repository: storage.outbox.mail, ...mail, logger }));
  // Also where tokens are no longer kept: what was kept before is still to be revoked.
  const revoke = revoker({ open: seal.open, revoke: gate.revoke, logger });
  couriers.push(
    startCourier({ name: 'revocation', repository: storage.outbox.revocations, deliver: (_id, revocation) => revoke(revocation), logger }),
  );
  const purge = setInterval(() => {
    storage.purge().catch((error: unknown) => logger.warn({ err: describeError(error) }, 'what is over could not be removed'));
  }, PURGE_EVERY_MS).unref();

  return {
    router,
    routers,
    requireUser: forHost(authentication.requireUser, own),
    links: {
      list: async (userId) => (await accountOf(userId)).links.map(({ sealedTokens: _kept, ...link }) => link),
      async unlink(userId, provider) {
        const account = await accountOf(userId);
        const permit = askPermit(account, await repository.hostMethods(account.user.id), { kind: 'link', provider }, usable);
        await links.unlink(permit, undefined, hostContext());
      },
      guard: (userId, change) => repository.guarded(String(userId), usable, change, notices.sendChanges),
    },
    on: (event, listener) => void events.on(event, listener as never),
    off: (event, listener) => void events.off(event, listener as never),
    async close() {
      clearInterval(purge);
      await Promise.all(couriers.map((courier) => courier.close()));
    },
  };
}

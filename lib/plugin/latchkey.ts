// The composition root: the only file that knows every part and makes each of them.

import { EventEmitter } from 'node:events';
import type { RequestHandler, Router } from 'express';
import type { Config } from '../../config/config.js';
import { startingOnDatabase } from '../../models/start-fault.js';
import { strandedUsers } from '../../models/stranded-users.js';
import type { LinkChange } from '../accounts/links.js';
import { argon2Hasher } from '../accounts/password-hasher.js';
import { createProviderAccess } from '../accounts/provider-access.js';
import { createMount } from '../http/mount.js';
import { createLinkUrls } from '../mail/link-urls.js';
import { countedCore, createMetrics } from '../metrics/metrics.js';
import { forHost } from '../middleware/for-host.js';
import type { OutboxWorker } from '../outbox/outbox-worker.js';
import { acceptancesOf } from '../providers/index.js';
import { ConfigurationError } from '../support/configuration-error.js';
import { offBudget } from '../support/deadline.js';
import { defaultLogger, describeError } from '../support/logger.js';
import { createTokenSeal } from '../tokens/seal.js';
import { createSpans, tracedCore } from '../tracing/spans.js';
import { composeParts } from './compose-parts.js';
import { composeRouters } from './compose-routers.js';
import { configOf } from './config-of.js';
import { createCore } from './core.js';
import { createHostGuard, type HostGuard } from './host-guard.js';
import { createHostInvites, type HostInvites } from './host-invites.js';
import { createHostLinks, type HostLinks, tracedLinks } from './host-links.js';
import { namespacesOf } from './import-links.js';
import type { LatchkeyOptions, Routers } from './options.js';
import { startWorkers } from './start-workers.js';
import { openStorage, type Storage } from './storage.js';
import { createTexts } from './texts.js';
import { warnOfMissing } from './warn-of-missing.js';
import { warnOfStranded } from './warn-of-stranded.js';

/** Events, emitted after the commit. */
export interface LatchkeyEvents {
  linked: [change: LinkChange];
  unlinked: [change: LinkChange];
}

export interface Latchkey {
  /** Every documented path; anything else falls through untouched. */
  readonly router: Router;
  /** The same paths as separate routers. */
  readonly routers: Routers;
  /**
   * For the host's own routes: accepts a Bearer token, the host's session or our cookie session, else passes on an error with `status` 401.
   * A change that our cookie session signs must come from the same origin, else the error has `status` 403.
   */
  readonly requireUser: RequestHandler;
  /**
   * The anti-lockout guard on the host's own routes, after `requireUser`: asks the rule whether the request may remove the way in, and
   * gives the handler a permit (`permitOf(req)`) for `links.unlink`, `links.removePassword` or `links.removeMethod`, which ask again
   * under the user's lock. An error has `status` 400, or 401 if nobody is signed in.
   */
  readonly antiLockout: HostGuard['antiLockout'];
  readonly links: HostLinks;
  readonly invites: HostInvites;
  on<E extends keyof LatchkeyEvents>(event: E, listener: (...args: LatchkeyEvents[E]) => void): void;
  off<E extends keyof LatchkeyEvents>(event: E, listener: (...args: LatchkeyEvents[E]) => void): void;
  /** Stops timers and the mail sender; the host's Sequelize and Redis stay open. */
  close(): Promise<void>;
}

/** How often expired rows are removed from the SQL database, in milliseconds. */
const PURGE_EVERY_MS = 60_000;

/**
 * Whether addresses are verified with these options.
 * @throws ConfigurationError if it is requested but not possible
 */
function verifiesEmail({ verifyEmail }: Config, { mail, localAccounts }: LatchkeyOptions, { users }: Storage): boolean {
  const isKnown = users.attribute('status') !== undefined && users.attribute('emailVerified') !== undefined;
  const isPossible = mail !== undefined && localAccounts === true && isKnown;
  if (verifyEmail !== true || isPossible) return isPossible && verifyEmail !== false;
  const expected = 'expected false if `localAccounts` or `mail` is missing, or if `users` name no `status` or no `emailVerified`';
  throw new ConfigurationError([{ path: 'verifyEmail', expected }]);
}

/**
 * Makes the plugin: opens and migrates its tables on the host's Sequelize and returns its routers. No provider is called yet.
 * @throws ConfigurationError with every mistake in the options, TypeError for a database that is not supported, Error with one
 * sentence that says what to fix if the database refuses
 */
export async function latchkey(options: LatchkeyOptions): Promise<Latchkey> {
  const { sequelize, users: hostUsers, signInMethods, passwordHasher, previousSecrets, mail, beforeSignUp, userCreated } = options;
  const { redis, logger = defaultLogger(), paths, localAccounts, migrate, tablePrefix } = options;
  const config = configOf(options);
  const mount = createMount(paths ?? {});
  const texts = createTexts(options.texts);
  const events = new EventEmitter<LatchkeyEvents & { error: [reason: unknown] }>({ captureRejections: true });
  events.on('error', (reason) => logger.error({ err: describeError(reason) }, 'a listener rejected'));
  const outboxWorkers: OutboxWorker[] = [];
  const seal = createTokenSeal(config.secret, previousSecrets);
  /** The change is committed: an error of a listener is the host's, and does not concern the person. */
  function tell(event: keyof LatchkeyEvents, change: LinkChange): void {
    metrics?.[event](change.provider);
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
    logger,
    userCreated,
    webhooks: config.webhooks,
    auditRetentionMs: config.auditRetentionMs,
    sealTokens: config.storeProviderTokens ? seal.seal : undefined,
    onOutbox: (kinds) => {
      offBudget(() => {
        for (const worker of outboxWorkers) if (kinds.has(worker.name)) worker.wake();
      });
    },
  });
  const metrics =
    config.metrics === undefined
      ? undefined
      : createMetrics({ sequelize, outbox: () => storage.outboxDesk.depth(), pingRedis: redis && (() => redis.ping()) });
  const { passwordSignIn, recoveryCounts } = config;
  const stranded = strandedUsers({ sequelize, ...storage, passwordSignIn, recoveryCounts, acceptances: acceptancesOf(config) });
  await startingOnDatabase(async () => {
    if (migrate !== false) await storage.migrate();
    await storage.recordOrigins(acceptancesOf(config, { switchedOff: true }));
    await stranded.assertReadable();
    await warnOfMissing(options, config, storage.users, logger);
  });
  const hasher = passwordHasher ?? argon2Hasher;
  const pageAt = (page: string) => `${config.baseUrl}${mount.prefix}${paths?.browser?.[0] ?? ''}/auth/${page}`;
  const linkUrls = createLinkUrls({ seal, pages: { verify: pageAt('verify'), reset: pageAt('reset'), forgot: pageAt('forgot') } });
  const plainCore = createCore({
    ...{ config, mount, storage, redis, hasher, sendsMail: mail !== undefined, logger, tell, sealLink: linkUrls.seal, beforeSignUp },
    verifyEmail: verifiesEmail(config, options, storage),
    recovers: mail !== undefined && localAccounts === true,
  });
  const spans = createSpans(config.providers);
  const core = tracedCore(metrics === undefined ? plainCore : countedCore(plainCore, metrics), spans);
  const parts = composeParts({ config, mount, options, texts, storage, core, logger });

  const { router, routers } = composeRouters({ config, options, parts, metrics, logger });

  const { providerClients } = core;
  outboxWorkers.push(...startWorkers({ config, mail, storage, seal, providerClients, texts, urlOf: linkUrls.urlOf, spans, logger }));
  const closing = new AbortController();
  // Only the host knows who has one of its own methods, and it has to be asked person by person.
  const strandedWarning = signInMethods === undefined ? warnOfStranded({ sequelize, storage, users: stranded, logger }) : undefined;
  const purge = setInterval(() => {
    storage
      .purge(closing.signal)
      .then(() => core.removeForsaken(new Date()))
      .catch((error: unknown) => logger.warn({ err: describeError(error) }, 'expired rows could not be removed'));
  }, PURGE_EVERY_MS).unref();

  const { antiLockout } = parts.guards;
  const guard = createHostGuard({
    antiLockout,
    renewSession: parts.renewSession,
    hasPassword: (user) => storage.accounts.hasPassword(user),
  });
  const links = createHostLinks({
    ...core,
    repository: storage.accounts,
    askingBy: guard.askingBy,
    access: config.storeProviderTokens
      ? createProviderAccess({ repository: storage.accounts, store: core.store, providerClients: core.providerClients, ...seal })
      : undefined,
    importer: storage.linkImporter,
    namespaces: namespacesOf(acceptancesOf(config, { switchedOff: true })),
  });
  return {
    router,
    routers,
    antiLockout: guard.antiLockout,
    requireUser: forHost(parts.guards.requireUser, parts.guards.sameOrigin),
    links: tracedLinks(links, spans),
    invites: createHostInvites({ invitations: storage.invitations, isOn: config.admission.invites, page: pageAt('invitation') }),
    on: (event, listener) => void events.on(event, listener as never),
    off: (event, listener) => void events.off(event, listener as never),
    async close() {
      clearInterval(purge);
      closing.abort();
      metrics?.close();
      await parts.afterAnswer.idle();
      core.turns.end();
      await Promise.all([strandedWarning, ...outboxWorkers].map((each) => each?.close()));
      await storage.transactions.idle();
    },
  };
}

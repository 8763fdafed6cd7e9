// The rules on this storage and configuration: what signs in, links, unlinks and changes passwords, with no HTTP about it.

import type { Redis } from 'ioredis';
import type { Config } from '../config/config.js';
import { accepts } from './accounts/acceptance.js';
import { createFlows, type Flows } from './accounts/flows.js';
import { createLinks, type LinkChange, type Links } from './accounts/links.js';
import { createLiveSessions, type LiveSessions } from './accounts/live-sessions.js';
import { createNotices, type Notices, noNotices } from './accounts/notices.js';
import { canVerifyBy } from './accounts/password-hasher.js';
import { createPasswords, type PasswordHasher, type Passwords } from './accounts/passwords.js';
import type { ProviderGate } from './accounts/provider-gate.js';
import { createMakeSession } from './accounts/sessions.js';
import { createSignIn } from './accounts/sign-in.js';
import { createTrips, type Trips } from './accounts/trips.js';
import { createTurns, type Turns } from './accounts/turns.js';
import type { UsableMethods } from './accounts/usable-methods.js';
import type { Logger } from './logger.js';
import type { Mount } from './pages/mount.js';
import { createProviderGate } from './passport/provider-gate.js';
import { acceptancesOf } from './providers/acceptances.js';
import { callbackSegment, defaultDisplayName } from './providers/catalogue.js';
import type { Storage } from './storage.js';
import type { OneTimeStore } from './stores/one-time-store.js';
import { redisOneTimeStore } from './stores/redis-one-time-store.js';
import { createJwts, type Jwts } from './tokens/jwt.js';
import { createPublicIds, type PublicIds } from './tokens/public-ids.js';
import { createTokenPairs, type TokenPairs } from './tokens/token-pairs.js';

export interface CoreOptions {
  readonly config: Config;
  readonly mount: Mount;
  readonly storage: Storage;
  readonly redis: Redis | undefined;
  readonly hasher: PasswordHasher;
  /** People are told of changes. */
  readonly sendsMail: boolean;
  readonly logger: Logger;
  tell(event: 'linked' | 'unlinked', change: LinkChange): void;
}

export interface Core {
  readonly flows: Flows;
  readonly gate: ProviderGate;
  readonly jwts: Jwts;
  readonly links: Links;
  readonly liveSessions: LiveSessions;
  readonly notices: Notices;
  readonly passwords: Passwords;
  readonly publicIds: PublicIds;
  readonly store: OneTimeStore;
  readonly tokens: TokenPairs;
  readonly trips: Trips;
  readonly turns: Turns;
  readonly usable: UsableMethods;
  /** How a provider is called, configured or not. */
  displayName(provider: string): string;
}

export function createCore({ config, mount, storage, redis, hasher, sendsMail, logger, tell }: CoreOptions): Core {
  const { accounts: repository, sessions } = storage;
  const { signUp, linkByVerifiedEmail } = config;
  const canStorePasswords = storage.users.column('passwordHash') !== undefined;
  const passwordSignIn = config.passwordSignIn && canStorePasswords;
  const isProviderEnabled = (id: string) => config.providers.get(id)?.enabled === true;
  const acceptances = acceptancesOf(config);
  const usable: UsableMethods = {
    passwordSignIn,
    acceptsLink(link) {
      const acceptance = acceptances.get(link.provider);
      return acceptance === undefined ? false : accepts(acceptance, link);
    },
    canVerify: canVerifyBy(hasher, logger),
  };
  const displayName = (id: string) => config.providers.get(id)?.displayName ?? defaultDisplayName(id);
  const gate = createProviderGate({
    config,
    redirectUri: (id) => `${config.baseUrl}${mount.prefix}${mount.callback}/${callbackSegment(id)}`,
    logger,
  });
  const notices = sendsMail ? createNotices(config.appName, displayName) : noNotices;
  const makeSession = createMakeSession({ tokens: config.tokens.refreshTtlMs, cookie: config.sessions.absoluteTtlMs });
  const jwts = createJwts(config.secret);
  const publicIds = createPublicIds(config.secret);
  const store = redis === undefined ? storage.oneTime : redisOneTimeStore(redis);
  const liveSessions = createLiveSessions({ repository, sessions, idleTtlMs: config.sessions.idleTtlMs });
  const flows = createFlows(store, liveSessions);
  const links = createLinks({
    repository,
    usable,
    notices,
    onLinked: (change) => tell('linked', change),
    onUnlinked: (change) => tell('unlinked', change),
  });
  const turns = createTurns();
  const signIn = createSignIn({ repository, links, signUp, linkByVerifiedEmail, makeSession, displayName });
  return {
    flows,
    gate,
    jwts,
    links,
    liveSessions,
    notices,
    passwords: createPasswords({ repository, usable, notices, hasher, turns, signUp, canStore: canStorePasswords, makeSession }),
    publicIds,
    store,
    tokens: createTokenPairs({
      jwts,
      publicIds,
      sessions,
      audit: (event, context) => repository.audit(event, context),
      secret: config.secret,
      accessTtlMs: config.tokens.accessTtlMs,
      refreshTtlMs: config.tokens.refreshTtlMs,
    }),
    trips: createTrips({ flows, gate, signIn, links, isProviderEnabled, usable }),
    turns,
    usable,
    displayName,
  };
}

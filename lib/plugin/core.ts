// The rules on this storage and configuration: signing in, linking, unlinking and changing passwords, without any HTTP.

import type { Redis } from 'ioredis';
import type { Config } from '../../config/config.js';
import { accepts } from '../accounts/acceptance.js';
import { createAddressClaims } from '../accounts/address-claims.js';
import { type Addresses, createAddresses } from '../accounts/addresses.js';
import { type Admissions, type BeforeSignUp, createAdmissions } from '../accounts/admissions.js';
import { type Authorizations, createAuthorizations } from '../accounts/authorizations.js';
import { createFlows, type Flows } from '../accounts/flows.js';
import { createRemoveForsaken, type RemoveForsaken } from '../accounts/forsaken-sign-ups.js';
import { createJoins, type Joins } from '../accounts/joins.js';
import { createLinks, type LinkChange, type Links } from '../accounts/links.js';
import { createMoves, type Moves } from '../accounts/moves.js';
import { createNotices, type Notices, noNotices } from '../accounts/notices.js';
import type { OneTimeStore } from '../accounts/one-time-store.js';
import { createEndAllForReuse, createOwnSessions, type EndAllForReuse, type OwnSessions } from '../accounts/own-sessions.js';
import { createPasswordChecks } from '../accounts/password-checks.js';
import { canVerifyBy, type PasswordHasher } from '../accounts/password-hasher.js';
import { createPasswords, type Passwords } from '../accounts/passwords.js';
import { createPendingIdentities } from '../accounts/pending-identities.js';
import { createProofMails } from '../accounts/proof-mails.js';
import type { ProviderClients } from '../accounts/provider-clients.js';
import { createRecovery, type Recovery } from '../accounts/recovery.js';
import { createLiveSessions, createMakeSession, type LiveSessions } from '../accounts/sessions.js';
import { createSignIn } from '../accounts/sign-in.js';
import { createSignUps, type SignUps } from '../accounts/sign-ups.js';
import { createSubmissions, type Submissions } from '../accounts/submissions.js';
import { createTurns, type Turns } from '../accounts/turns.js';
import type { UsableMethods } from '../accounts/usable-methods.js';
import type { Mount } from '../http/mount.js';
import { createProviderClients } from '../passport/provider-clients.js';
import { acceptancesOf, callbackSegment, defaultDisplayName } from '../providers/index.js';
import { redisOneTimeStore } from '../stores/redis-one-time-store.js';
import type { Logger } from '../support/logger.js';
import { createJwts, type Jwts } from '../tokens/jwt.js';
import { createPublicIds, type PublicIds } from '../tokens/public-ids.js';
import { createTokenPairs, type TokenPairs } from '../tokens/token-pairs.js';
import type { Storage } from './storage.js';

export interface CoreOptions {
  readonly config: Config;
  readonly mount: Mount;
  readonly storage: Storage;
  readonly redis: Redis | undefined;
  readonly hasher: PasswordHasher;
  /** People are told of changes. */
  readonly sendsMail: boolean;
  /** Sign-ups prove their address first. */
  readonly verifyEmail: boolean;
  /** Whoever has forgotten their password gets a link by mail. */
  readonly recovers: boolean;
  /** Encrypts the token of a link for its recipient, as long as the mail waits. */
  sealLink(to: string, token: string): string;
  readonly beforeSignUp: BeforeSignUp | undefined;
  readonly logger: Logger;
  tell(event: 'linked' | 'unlinked', change: LinkChange): void;
}

export interface Core {
  readonly addresses: Addresses;
  readonly admissions: Admissions;
  readonly recovery: Recovery;
  readonly removeForsaken: RemoveForsaken;
  readonly signUps: SignUps;
  readonly verifyEmail: boolean;
  readonly recovers: boolean;
  readonly flows: Flows;
  readonly providerClients: ProviderClients;
  readonly jwts: Jwts;
  readonly joins: Joins;
  readonly links: Links;
  readonly moves: Moves;
  readonly liveSessions: LiveSessions;
  readonly notices: Notices;
  readonly endAllForReuse: EndAllForReuse;
  readonly ownSessions: OwnSessions;
  readonly passwords: Passwords;
  readonly publicIds: PublicIds;
  readonly store: OneTimeStore;
  readonly submissions: Submissions;
  readonly tokens: TokenPairs;
  readonly authorizations: Authorizations;
  readonly turns: Turns;
  readonly usable: UsableMethods;
  /** How a provider is called, configured or not. */
  displayName(provider: string): string;
}

export function createCore(options: CoreOptions): Core {
  const { config, mount, storage, redis, hasher, sendsMail, verifyEmail, recovers, sealLink, beforeSignUp, logger, tell } = options;
  const { accounts: repository, addresses, sessions } = storage;
  const { signUp, linkByVerifiedEmail } = config;
  const canStorePasswords = storage.users.column('passwordHash') !== undefined;
  const passwordSignIn = config.passwordSignIn && canStorePasswords;
  const acceptances = acceptancesOf(config);
  const usable: UsableMethods = {
    passwordSignIn,
    acceptsLink(link) {
      const acceptance = acceptances.get(link.provider);
      return acceptance === undefined ? false : accepts(acceptance, link);
    },
    mayUnlink(id) {
      const provider = config.providers.get(id);
      return provider?.enabled !== true || provider.unlinkable !== false;
    },
    canVerify: canVerifyBy(hasher, logger),
    recoveryCounts: config.recoveryCounts && recovers && passwordSignIn,
  };
  const displayName = (id: string) => config.providers.get(id)?.displayName ?? defaultDisplayName(id);
  const providerClients = createProviderClients({
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
  const told = {
    onLinked: (change: LinkChange) => tell('linked', change),
    onUnlinked: (change: LinkChange) => tell('unlinked', change),
  };
  const links = createLinks({ repository, usable, notices, ...told });
  const pendings = createPendingIdentities(store);
  const turns = createTurns();
  const claims = createAddressClaims({ addresses, usable, proofWins: verifyEmail });
  const admissions = createAdmissions({ rules: config.admission, invitations: storage.invitations, beforeSignUp });
  const signIn = createSignIn({
    ...{ repository, admissions, addresses, claims, links, signUp, linkByVerifiedEmail, makeSession, displayName },
    proofWins: verifyEmail,
  });
  const checks = createPasswordChecks({ repository, addresses, usable, hasher, turns });
  const passwords = createPasswords({
    ...{ repository, checks, admissions, usable, notices, hasher, turns, signUp, canStore: canStorePasswords, makeSession },
  });
  const mails = createProofMails({ appName: config.appName, seal: sealLink, publicId: (id) => publicIds.user(id) });
  return {
    addresses: createAddresses({ addresses, claims, mails, notices, hasher, turns }),
    admissions,
    recovery: createRecovery({ addresses, passwords, mails, notices, hasher, turns }),
    removeForsaken: createRemoveForsaken(addresses),
    signUps: createSignUps({ addresses, admissions, usable, mails, hasher, turns, signUp }),
    verifyEmail,
    recovers,
    flows,
    providerClients,
    jwts,
    joins: createJoins({ pendings, repository, usable, links }),
    links,
    moves: createMoves({ pendings, repository, usable, notices, ...told }),
    liveSessions,
    notices,
    endAllForReuse: createEndAllForReuse(repository, notices),
    ownSessions: createOwnSessions({ repository, sessions, idleTtlMs: config.sessions.idleTtlMs }),
    passwords,
    publicIds,
    store,
    submissions: createSubmissions({ providerClients, store, signIn, links }),
    tokens: createTokenPairs({
      jwts,
      publicIds,
      sessions,
      audit: (event, context) => repository.audit(event, context),
      secret: config.secret,
      accessTtlMs: config.tokens.accessTtlMs,
      refreshTtlMs: config.tokens.refreshTtlMs,
    }),
    authorizations: createAuthorizations({ flows, providerClients, signIn, links, usable }),
    turns,
    usable,
    displayName,
  };
}

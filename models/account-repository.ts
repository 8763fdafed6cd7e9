// The core's storage over SQL. The lock lives here.

import { Op, type Sequelize, type Transaction } from 'sequelize';
import { keepsBest } from '../lib/accounts/anti-lockout.js';
import { LatchkeyError } from '../lib/accounts/errors.js';
import { emailKey, identityKey, isEmailAddress } from '../lib/accounts/keys.js';
import type { StoredMethods } from '../lib/accounts/method-changes.js';
import type { AccountRepository, Journal, LockedAccount, MethodFacts, NewSession, SignInTransaction } from '../lib/accounts/ports.js';
import { isSuccessor } from '../lib/accounts/successors.js';
import type { Account, Identity, ProviderTokens, SignInMethod, SocialLink, User, VerifiedIdentity } from '../lib/accounts/types.js';
import { methodId, passwordsBehind, type UsableMethods, usableMethods } from '../lib/accounts/usable-methods.js';
import type { AccountQuery, FoundAccount } from './account-query.js';
import { boundSql, WITH_NULLS } from './bound-sql.js';
import { isRetryable } from './database-errors.js';
import type { Models } from './define-models.js';
import { createFittingUsers, type Fit } from './fitting-users.js';
import { createGuardRows } from './guard-rows.js';
import type { HostFunctions } from './host-functions.js';
import type { SqlInvitationRepository } from './invitation-repository.js';
import { createJournals, type JournalsOptions, tame } from './journal.js';
import type { Leftovers } from './leftovers.js';
import { placeholderKey } from './placeholders.js';
import { quoting } from './quoting.js';
import { readRecentSignIns } from './recent-sign-ins.js';
import { toMillis, writtenDate } from './times.js';
import type { Transactions } from './transactions.js';
import type { UserKey } from './user-ids.js';
import type { UserCreated, UserMapping } from './user-mapping.js';

export interface AccountRepositoryOptions {
  readonly sequelize: Sequelize;
  readonly models: Models;
  readonly users: UserMapping;
  readonly query: AccountQuery;
  readonly transactions: Transactions;
  readonly hostFunctions: HostFunctions;
  /** Called after a commit that put something into the outbox. */
  readonly onOutbox: () => void;
  readonly sealTokens: SealTokens | undefined;
  readonly leftovers: Leftovers;
  readonly webhooks: JournalsOptions['webhooks'];
  readonly invitations: SqlInvitationRepository;
  readonly userCreated: UserCreated | undefined;
}

/** Encrypts the tokens of an identity for its row. */
export type SealTokens = (identity: Identity, tokens: ProviderTokens) => string;

/** Told what was stored when the lock was taken, and what is stored after the change. */
export type TellOfChange = (journal: Journal, before: StoredMethods, after: StoredMethods) => Promise<void>;

/** The repository, and the same lock for a change that the host makes itself. */
export interface SqlAccountRepository extends AccountRepository {
  /**
   * Runs `work` holding the guard rows of all these users, taken in one order whoever asks, as the first statements of the
   * transaction. Without any it is a transaction like that of a sign-in.
   */
  lockedAll<T>(
    userIds: readonly string[],
    sessionId: string | undefined,
    work: (held: HeldAccounts, transaction: Transaction) => Promise<T>,
  ): Promise<T>;
  /**
   * Runs `change` under the user's lock; taken back with `only_sign_in_method` if it leaves none that works, and with `email_taken`
   * if it puts their password before another's at the door: should the two be the same, the other would be kept out. Whatever
   * `tell` writes of it commits with it; of a user whom the change deleted there is nothing to tell.
   */
  guarded<T>(userId: string, usable: UsableMethods, change: (transaction: Transaction) => Promise<T>, tell?: TellOfChange): Promise<T>;
}

/** Several users under one transaction, and what a sign-in may do in it. */
export interface HeldAccounts extends SignInTransaction {
  /** By id. */
  readonly accounts: ReadonlyMap<string, LockedAccount>;
}

class GuardMissing extends Error {}

/** One order for whoever locks several; ids that are no numbers by their letters. */
const inOrder = (one: string, other: string) => Number(one) - Number(other) || (one < other ? -1 : Number(one > other));

const millisOf = ({ createdAt }: FoundAccount) => (createdAt === undefined ? null : toMillis(createdAt));

export function createAccountRepository(options: AccountRepositoryOptions): SqlAccountRepository {
  const { webhooks } = options;
  const { sequelize, models, users, query, transactions, hostFunctions, onOutbox, sealTokens, leftovers, invitations, userCreated } =
    options;
  const { write } = boundSql(sequelize);
  const { table } = quoting(sequelize);
  const usedAt = writtenDate(models.SocialLink, 'lastUsedAt');
  const [links, sessions] = [table(models.SocialLink), table(models.RefreshToken)];
  const REMOVE_LINK = `DELETE FROM ${links} WHERE user_id = $userId AND provider = $provider`;
  const REPLACE_TOKENS = `UPDATE ${links} SET tokens = $tokens WHERE id = $id AND tokens = $old`;
  const INSERT_SESSION = `INSERT INTO ${sessions} (id, user_id, link_id, generation, rotated_at, created_at, expires_at, kind, ip, user_agent, opened_at)
    VALUES ($id, $userId, $linkId, 0, $rotatedAt, $createdAt, $expiresAt, $kind, $ip, $userAgent, $openedAt)`;
  const END_TOKENS = `UPDATE ${sessions} SET state_version = state_version + 1 WHERE id = $id`;
  // A sign-up that is not proven yet keeps its own.
  const END_LINKS = `DELETE FROM ${table(models.AddressProof)} WHERE user_id = $userId AND purpose <> 'sign_up'`;
  const END = `UPDATE ${sessions} SET revoked_at = $at WHERE user_id = $userId AND revoked_at IS NULL AND expires_at > $at`;
  const END_ONE = `${END} AND id = $id`;
  const END_OTHERS = `${END} AND id <> $except`;
  const journals = createJournals({ sequelize, models, readId: users.readId, webhooks });
  const guards = createGuardRows(sequelize, models);
  const fittingUsers = createFittingUsers(sequelize, users);

  function sealed(identity: VerifiedIdentity): string | undefined {
    return identity.tokens === undefined ? undefined : sealTokens?.(identity, identity.tokens);
  }

  /** @throws LatchkeyError `unauthenticated` for what is nobody's id */
  function keyOf(userId: string): UserKey {
    const key = users.readId(userId);
    if (key === undefined) throw new LatchkeyError('unauthenticated');
    return key;
  }

  /** As things stand now; in a transaction, as they stand there. The host is asked once. */
  function factsIn(transaction: Transaction | undefined): MethodFacts {
    let told: Promise<readonly SignInMethod[] | undefined> | undefined;
    return {
      hostMethods(userId) {
        told ??= hostFunctions.methods(userId, transaction);
        return told;
      },
      hasPassword: (user) => hostFunctions.hasPassword(user, transaction),
      triedAtDoor: (user) => triedAtDoor(user, transaction),
    };
  }

  /** One row of ours has an address, and the door finds it by its key; an operator may have changed one of the two. */
  async function triedAtDoor(user: User, transaction: Transaction | undefined): Promise<readonly User[]> {
    const { email } = user;
    if (email === undefined || !isEmailAddress(email)) return [];
    if (!users.ownUsers) return await query.byAddress(email, transaction);
    return user.emailKey === emailKey(email) ? [user] : [];
  }

  /** What stands in the column now that no password was written is none. */
  async function rememberPlaceholder(user: UserKey, transaction: Transaction): Promise<void> {
    const stored = users.ownUsers ? undefined : await query.storedPassword(String(user), transaction);
    if (stored !== undefined) await guards.remember(user, { noPassword: placeholderKey(stored) }, transaction);
  }

  /** `use`: it signs somebody in at once. */
  async function insertLink(
    userId: string,
    identity: VerifiedIdentity,
    { at, use, transaction }: { readonly at: Date; readonly use: boolean; readonly transaction: Transaction },
  ): Promise<SocialLink> {
    const { provider, namespace, subject, hostedDomain, profile } = identity;
    const values = {
      userId,
      provider,
      namespace,
      subject,
      hostedDomain,
      email: profile.email,
      name: profile.name,
      picture: profile.picture,
      linkedAt: at,
    };
    const used = use ? { lastUsedAt: at, signIns: 1 } : {};
    if (!users.ownUsers) await query.forgetOrphan(identity, transaction);
    const tokens = sealed(identity);
    const row = await models.SocialLink.create({ ...values, ...used, tokens, identityKey: identityKey(identity) }, { transaction });
    return {
      ...values,
      id: String(row.get('id')),
      email: profile.email,
      name: profile.name,
      picture: profile.picture,
      lastUsedAt: used.lastUsedAt,
      sealedTokens: tokens,
    };
  }

  async function insertSession(session: NewSession, transaction: Transaction): Promise<void> {
    const { id, userId, linkId, at, provenAt, expiresAt, kind = null, client } = session;
    const opened = toMillis(at);
    const times = { rotatedAt: opened, createdAt: toMillis(provenAt), expiresAt: toMillis(expiresAt), openedAt: opened };
    const by = { kind, ip: tame(client?.ip, 64), userAgent: tame(client?.userAgent, 255) };
    await write(
      INSERT_SESSION,
      { id, userId: keyOf(userId), linkId: linkId === undefined ? null : Number(linkId), ...times, ...by },
      transaction,
    );
  }

  /** Runs with a journal, and says so after the commit if something was put into the outbox. */
  async function writing<T>(work: (transaction: Transaction, journal: Journal) => Promise<T>): Promise<T> {
    let enqueued = false;
    const result = await transactions.write((transaction) => {
      enqueued = false;
      return work(
        transaction,
        journals.open(transaction, () => {
          enqueued = true;
        }),
      );
    });
    if (enqueued) onOutbox();
    return result;
  }

  /** Nothing is left for somebody who got the id of another, and from now on they are the one it stands for. */
  async function rememberTenure(user: UserKey, found: FoundAccount, transaction: Transaction): Promise<void> {
    const { createdAt, remembered } = found;
    if (users.ownUsers || createdAt === undefined) return;
    if (isSuccessor(found)) {
      await leftovers.ofPredecessor(user, transaction);
      await guards.remember(user, { noPassword: null, createdAt: toMillis(createdAt) }, transaction);
    } else if (remembered === undefined) await guards.remember(user, { createdAt: toMillis(createdAt) }, transaction);
  }

  async function lockedAccount(
    userId: string,
    sessionId: string | undefined,
    transaction: Transaction,
    journal: Journal,
  ): Promise<LockedAccount> {
    const key = keyOf(userId);
    if (!(await guards.lock(key, transaction))) throw new GuardMissing();
    const found = await query.byId(userId, sessionId, transaction);
    if (found === undefined) throw new LatchkeyError('unauthenticated');
    await rememberTenure(key, found, transaction);
    const { account, session } = found;
    return {
      ...journal,
      ...factsIn(transaction),
      ...{ account, session },
      findLink: (identity) => query.linkOf(identity, transaction),
      insertLink: (identity, at) => insertLink(userId, identity, { at, use: false, transaction }),
      async setPasswordHash(passwordHash) {
        await users.update(userId, { passwordHash }, transaction);
        await write(END_LINKS, { userId: key }, transaction);
      },
      async remove({ removing }) {
        if (removing.kind === 'password') {
          await users.update(userId, { passwordHash: null }, transaction);
          return await rememberPlaceholder(key, transaction);
        }
        const removed = await write(REMOVE_LINK, { userId: key, provider: removing.provider }, transaction);
        if (removed !== 1) throw new Error(`${methodId(removing)} vanished under the lock`);
      },
      insertSession: (session) => insertSession(session, transaction),
      async detachSession(id) {
        await models.RefreshToken.update({ linkId: null }, { where: { id, userId }, transaction, ...WITH_NULLS });
      },
      async revokeSessions(except, at) {
        const others = except === undefined ? {} : { id: { [Op.ne]: except } };
        await models.RefreshToken.update({ revokedAt: toMillis(at) }, { where: { userId, revokedAt: null, ...others }, transaction });
        if (except !== undefined) await write(END_TOKENS, { id: except }, transaction);
      },
      endSession: async (id, at) => (await write(END_ONE, { id, userId: key, at: toMillis(at) }, transaction)) === 1,
      endOtherSessions: (except, at) => write(END_OTHERS, { except: except ?? '', userId: key, at: toMillis(at) }, transaction),
    };
  }

  /** A host's users, and rows an operator wrote, have no guard row until they are first locked. */
  async function makeGuard(userId: string): Promise<void> {
    const found = await transactions.read(() => query.byId(userId));
    if (found === undefined) throw new LatchkeyError('unauthenticated');
    const remembered = { noPassword: null, createdAt: millisOf(found) };
    await transactions.write((transaction) => guards.make(keyOf(userId), remembered, transaction));
  }

  async function methodsIn(account: Account, facts: MethodFacts, usable: UsableMethods) {
    return {
      account,
      hostMethods: await facts.hostMethods(account.user.id),
      usable: await usableMethods(account, facts, usable),
      behind: await passwordsBehind(account.user, facts, usable),
    };
  }

  async function lockedWith<T>(
    userId: string,
    sessionId: string | undefined,
    work: (locked: LockedAccount, transaction: Transaction) => Promise<T>,
  ): Promise<T> {
    const attempt = () =>
      writing(async (transaction, journal) => work(await lockedAccount(userId, sessionId, transaction, journal), transaction));
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof GuardMissing)) throw error;
      await makeGuard(userId);
      return await attempt();
    }
  }

  async function lockedAll<T>(
    userIds: readonly string[],
    sessionId: string | undefined,
    work: (held: HeldAccounts, transaction: Transaction) => Promise<T>,
  ): Promise<T> {
    const ids = [...new Set(userIds)].sort(inOrder);
    const attempt = () =>
      fittingUsers.fitting((fit) =>
        writing(async (transaction, journal) => {
          for (const id of ids) if (!(await guards.lock(keyOf(id), transaction))) throw new GuardMissing();
          const accounts = new Map<string, LockedAccount>();
          for (const id of ids) accounts.set(id, await lockedAccount(id, sessionId, transaction, journal));
          return await work({ ...signInTransaction(transaction, journal, fit), accounts }, transaction);
        }),
      );
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof GuardMissing)) throw error;
      for (const id of ids) await makeGuard(id);
      return await attempt();
    }
  }

  function heldIn(accounts: HeldAccounts['accounts'], userId: string): LockedAccount {
    const held = accounts.get(userId);
    if (held === undefined) throw new TypeError('The lock of another user was asked for');
    return held;
  }

  /** The lock is where what is left of another is deleted. */
  const settle = (userId: string) => lockedWith(userId, undefined, async () => undefined);

  /** A row that the host's own statement was refused is no word about ours. */
  async function tellHost({ passwordHash: _hash, emailKey: _key, ...user }: User, transaction: Transaction): Promise<void> {
    try {
      await userCreated?.(user, { transaction });
    } catch (error) {
      if (error instanceof LatchkeyError || isRetryable(error)) throw error;
      throw new LatchkeyError('internal', { detail: 'userCreated threw', cause: error });
    }
  }

  function signInTransaction(transaction: Transaction, journal: Journal, fit: Fit): SignInTransaction {
    return {
      ...journal,
      async insertUser(user) {
        const id = await fittingUsers.insert(user, fit, (row) => users.insert(row, transaction));
        const found = await query.byId(id, undefined, transaction);
        if (found === undefined) throw new Error('The user that was just made cannot be read');
        const made = found.account.user;
        fittingUsers.assertStored(user, made);
        // Read back, after every default, hook and trigger of the host.
        const placeholder = user.passwordHash === undefined ? made.passwordHash : undefined;
        const noPassword = placeholder === undefined ? null : placeholderKey(placeholder);
        const remembered = { noPassword, createdAt: users.ownUsers ? null : millisOf(found) };
        if (!(await guards.make(keyOf(id), remembered, transaction))) {
          await leftovers.ofPredecessor(keyOf(id), transaction);
          await guards.remember(keyOf(id), remembered, transaction);
        }
        await tellHost(made, transaction);
        return placeholder === undefined ? made : { ...made, passwordHash: undefined };
      },
      insertLink: (userId, identity, at) => insertLink(userId, identity, { at, use: true, transaction }),
      async touchLink(id, identity, at) {
        const tokens = sealed(identity);
        const { namespace, hostedDomain } = identity;
        // A link of before they were kept learns them here.
        const origin =
          namespace === undefined ? {} : { namespace, hosted_domain: hostedDomain ?? null, identity_key: identityKey(identity) };
        const changes = { last_used_at: usedAt(at), ...origin, ...(tokens === undefined ? {} : { tokens }) };
        const changed = Object.keys(changes).map((column) => `${column} = $${column}`);
        // MySQL counts only rows whose values change, and two sign-ins may share a moment: the counter always moves.
        const touch = `UPDATE ${links} SET sign_ins = sign_ins + 1, ${changed.join(', ')} WHERE id = $id`;
        return (await write(touch, { id: Number(id), ...changes }, transaction)) === 1;
      },
      insertSession: (session) => insertSession(session, transaction),
      takeInvitation: (tokenHash) => invitations.take(tokenHash, transaction),
    };
  }

  return {
    async findAccount(userId, sessionId) {
      const found = await transactions.read(() => query.byId(userId, sessionId));
      if (found === undefined) return undefined;
      if (isSuccessor(found)) await settle(userId);
      return { account: found.account, session: found.session };
    },
    async findByIdentity(identity) {
      const found = await transactions.read(() => query.byIdentity(identity));
      if (found === undefined) return undefined;
      if (!isSuccessor(found)) return { user: found.user, link: found.link };
      await settle(found.user.id);
      return undefined;
    },
    findByAddress: (address) => transactions.read(() => query.byAddress(address)),
    hostMethods: (userId) => transactions.read(() => hostFunctions.methods(userId, undefined)),
    hasPassword: (user) => transactions.read(() => hostFunctions.hasPassword(user, undefined)),
    triedAtDoor: (user) => transactions.read(() => triedAtDoor(user, undefined)),
    replaceTokens: async (id, old, tokens) =>
      (await transactions.write((transaction) => write(REPLACE_TOKENS, { id: Number(id), old, tokens: tokens ?? null }, transaction))) ===
      1,
    updateSettings: (userId, change) => transactions.write((transaction) => users.update(userId, change, transaction)),
    locked: (userId, sessionId, work) => lockedWith(userId, sessionId, work),
    lockedAll,
    lockedBoth: ([one, other], sessionId, work) =>
      lockedAll([one, other], sessionId, ({ accounts }) => work(heldIn(accounts, one), heldIn(accounts, other))),
    guarded: (userId, usable, change, tell) =>
      lockedWith(userId, undefined, async (locked, transaction) => {
        const before = await methodsIn(locked.account, locked, usable);
        const result = await change(transaction);
        const found = await query.byId(userId, undefined, transaction);
        if (found === undefined) return result; // The host deleted the user, which locks nobody out.
        const after = await methodsIn(found.account, factsIn(transaction), usable);
        // Where the host could not say what there was, it may have been a way in.
        const had = before.hostMethods === undefined ? [...before.usable, { id: 'host:unknown' }] : before.usable;
        if (!keepsBest(had, after.usable)) throw new LatchkeyError('only_sign_in_method');
        if (after.behind.some((id) => !before.behind.includes(id))) throw new LatchkeyError('email_taken');
        await tell?.(locked, before, after);
        return result;
      }),
    signIn: (work) => fittingUsers.fitting((fit) => writing((transaction, journal) => work(signInTransaction(transaction, journal, fit)))),
    async audit(event, context) {
      await transactions.write((transaction) => journals.audit(event, context, transaction));
    },
    async recentSignIns({ id, createdAt }, limit) {
      const signIns = await transactions.read(() => readRecentSignIns(models, { userId: users.readId(id), limit }));
      return users.ownUsers ? signIns : signIns.filter(({ at }) => !isSuccessor({ createdAt, remembered: at }));
    },
  };
}

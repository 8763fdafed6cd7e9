// The lock: a change runs while the guard rows of its users are held, taken by the first statements of one transaction; and the writes that
// are allowed then. Only here can the set of sign-in methods change.

import type { Transaction } from 'sequelize';
import { LatchkeyError } from '../lib/accounts/errors.js';
import type { AccountRepository, Journal, LockedAccount, ReadWithUser, SignInTransaction } from '../lib/accounts/ports.js';
import { methodId } from '../lib/accounts/usable-methods.js';
import type { AccountQuery } from './account-query.js';
import type { AccountTables } from './account-select.js';
import { boundSql } from './bound-sql.js';
import type { FittingUsers } from './fitting-users.js';
import { type GuardRows, millisOf, type Tenures } from './guard-rows.js';
import type { JournaledWrites } from './journal.js';
import type { LinkWrites } from './link-writes.js';
import { askingOnce, type MethodFactsIn } from './method-facts.js';
import { quoting } from './quoting.js';
import type { SessionWrites } from './session-writes.js';
import type { OpenSignIn } from './sign-in-transaction.js';
import type { Transactions } from './transactions.js';
import { requiredKey } from './user-ids.js';

/** What a user whose lock is held is read and changed by. */
interface HoldOptions extends AccountTables {
  readonly query: AccountQuery;
  readonly tenures: Tenures;
  readonly links: LinkWrites;
  readonly sessions: SessionWrites;
  readonly factsIn: MethodFactsIn;
}

export interface AccountLocksOptions extends HoldOptions {
  readonly transactions: Transactions;
  readonly writing: JournaledWrites;
  readonly guards: GuardRows;
  readonly fittingUsers: FittingUsers;
  readonly openSignIn: OpenSignIn;
}

/** Several users under one transaction, and what a sign-in may do in it. */
export interface HeldAccounts extends SignInTransaction {
  /** By id. */
  readonly accounts: ReadonlyMap<string, LockedAccount>;
}

export interface AccountLocks extends Pick<AccountRepository, 'lockedBoth'> {
  /** @see AccountRepository.locked, which has no transaction to give away */
  locked<T>(userId: string, asked: ReadWithUser, work: (locked: LockedAccount, transaction: Transaction) => Promise<T>): Promise<T>;
  /**
   * Runs `work` holding the guard rows of all these users, taken in one order whoever asks, as the first statements of the
   * transaction. Without any it is a transaction like that of a sign-in.
   */
  lockedAll<T>(
    userIds: readonly string[],
    asked: ReadWithUser,
    work: (held: HeldAccounts, transaction: Transaction) => Promise<T>,
  ): Promise<T>;
}

/** A user's first lock: there is no row yet to take it on. */
class GuardMissing extends Error {}

/** One order for whoever locks several; ids that are no numbers by their letters. */
const inOrder = (one: string, other: string) => Number(one) - Number(other) || (one < other ? -1 : Number(one > other));

function heldIn(accounts: HeldAccounts['accounts'], userId: string): LockedAccount {
  const held = accounts.get(userId);
  if (held === undefined) throw new TypeError('The lock of another user was requested');
  return held;
}

/** Reads a user whose lock is taken. @throws LatchkeyError `unauthenticated` when there is none */
type Hold = (userId: string, asked: ReadWithUser, transaction: Transaction, journal: Journal) => Promise<LockedAccount>;

function createHold({ sequelize, models, users, query, tenures, links, sessions, factsIn }: HoldOptions): Hold {
  const { write } = boundSql(sequelize);
  // A sign-up that is not proven yet keeps its own.
  const END_PROOFS = `DELETE FROM ${quoting(sequelize).table(models.AddressProof)} WHERE user_id = $userId AND purpose <> 'sign_up'`;

  return async (userId, asked, transaction, journal) => {
    const key = requiredKey(users.readId, userId);
    const found = await query.byId(userId, asked, transaction);
    if (found === undefined) throw new LatchkeyError('unauthenticated');
    await tenures.keep(key, found, transaction);
    return {
      ...journal,
      ...askingOnce(factsIn(transaction)),
      account: found.account,
      session: found.session,
      holder: found.holder,
      insertLink: (identity, at) => links.insert(userId, identity, { at, use: false }, transaction),
      async setPasswordHash(passwordHash) {
        await users.update(userId, { passwordHash }, transaction);
        await write(END_PROOFS, { userId: key }, transaction);
      },
      async remove({ removing }) {
        if (removing.kind === 'password') {
          await users.update(userId, { passwordHash: null }, transaction);
          return await tenures.rememberPlaceholder(key, transaction);
        }
        if (!(await links.remove(key, removing.provider, transaction))) throw new Error(`${methodId(removing)} vanished under the lock`);
      },
      insertSession: (session) => sessions.insert(session, transaction),
      detachSession: (id) => sessions.detach(id, userId, transaction),
      revokeSessions: (except, at) => sessions.revokeAll(userId, except, at, transaction),
      endSession: (id, at) => sessions.end(id, key, at, transaction),
      endOtherSessions: (except, at) => sessions.endOthers(except, key, at, transaction),
    };
  };
}

export function createAccountLocks(options: AccountLocksOptions): AccountLocks {
  const { users, query, transactions, writing, guards, fittingUsers, openSignIn } = options;
  const hold = createHold(options);

  /** @throws GuardMissing */
  async function lock(userId: string, transaction: Transaction): Promise<void> {
    if (!(await guards.lock(requiredKey(users.readId, userId), transaction))) throw new GuardMissing();
  }

  /** A host's users, and rows an operator wrote, have no guard row until they are first locked. */
  async function makeGuard(userId: string): Promise<void> {
    const found = await transactions.read(() => query.byId(userId));
    if (found === undefined) throw new LatchkeyError('unauthenticated');
    const remembered = { noPassword: null, createdAt: millisOf(found) };
    await transactions.write((transaction) => guards.make(requiredKey(users.readId, userId), remembered, transaction));
  }

  async function withGuards<T>(userIds: readonly string[], attempt: () => Promise<T>): Promise<T> {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof GuardMissing)) throw error;
      for (const id of userIds) await makeGuard(id);
      return await attempt();
    }
  }

  const locked: AccountLocks['locked'] = (userId, asked, work) =>
    withGuards([userId], () =>
      writing(async (transaction, journal) => {
        await lock(userId, transaction);
        return await work(await hold(userId, asked, transaction, journal), transaction);
      }),
    );

  const lockedAll: AccountLocks['lockedAll'] = (userIds, asked, work) => {
    const ids = [...new Set(userIds)].sort(inOrder);
    return withGuards(ids, () =>
      fittingUsers.fitting((fit) =>
        writing(async (transaction, journal) => {
          for (const id of ids) await lock(id, transaction);
          const accounts = new Map<string, LockedAccount>();
          for (const id of ids) accounts.set(id, await hold(id, asked, transaction, journal));
          return await work({ ...openSignIn(transaction, journal, fit), accounts }, transaction);
        }),
      ),
    );
  };

  return {
    locked,
    lockedAll,
    lockedBoth: ([one, other], asked, work) =>
      lockedAll([one, other], asked, ({ accounts }) => work(heldIn(accounts, one), heldIn(accounts, other))),
  };
}

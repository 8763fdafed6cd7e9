// The lock: runs a change while the guard rows of its users are held, as the first statements of one transaction.

import type { Transaction } from 'sequelize';
import { LatchkeyError } from '../lib/accounts/errors.js';
import type { AccountRepository, LockedAccount, ReadWithUser, SignInTransaction } from '../lib/accounts/ports.js';
import type { AccountQuery } from './account-query.js';
import type { FittingUsers } from './fitting-users.js';
import { type GuardRows, millisOf } from './guard-rows.js';
import type { JournaledWrites } from './journal.js';
import { GuardMissing, type LockedAccounts } from './locked-account.js';
import type { OpenSignIn } from './sign-in-transaction.js';
import type { Transactions } from './transactions.js';
import { requiredKey } from './user-ids.js';
import type { UserMapping } from './user-mapping.js';

export interface AccountLocksOptions {
  readonly users: UserMapping;
  readonly query: AccountQuery;
  readonly transactions: Transactions;
  readonly writing: JournaledWrites;
  readonly guards: GuardRows;
  readonly lockedAccounts: LockedAccounts;
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

/** One order for whoever locks several; ids that are no numbers by their letters. */
const inOrder = (one: string, other: string) => Number(one) - Number(other) || (one < other ? -1 : Number(one > other));

function heldIn(accounts: HeldAccounts['accounts'], userId: string): LockedAccount {
  const held = accounts.get(userId);
  if (held === undefined) throw new TypeError('The lock of another user was asked for');
  return held;
}

export function createAccountLocks(options: AccountLocksOptions): AccountLocks {
  const { users, query, transactions, writing, guards, lockedAccounts, fittingUsers, openSignIn } = options;

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
        await lockedAccounts.lock(userId, transaction);
        return await work(await lockedAccounts.read(userId, asked, transaction, journal), transaction);
      }),
    );

  const lockedAll: AccountLocks['lockedAll'] = (userIds, asked, work) => {
    const ids = [...new Set(userIds)].sort(inOrder);
    return withGuards(ids, () =>
      fittingUsers.fitting((fit) =>
        writing(async (transaction, journal) => {
          for (const id of ids) await lockedAccounts.lock(id, transaction);
          const accounts = new Map<string, LockedAccount>();
          for (const id of ids) accounts.set(id, await lockedAccounts.read(id, asked, transaction, journal));
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

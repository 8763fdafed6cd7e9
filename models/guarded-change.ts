// A change that the host makes itself, under the user's lock: it stands only if a way in is left.

import type { Transaction } from 'sequelize';
import { keepsBest } from '../lib/accounts/anti-lockout.js';
import { LatchkeyError } from '../lib/accounts/errors.js';
import type { StoredMethods } from '../lib/accounts/notices.js';
import type { Journal, MethodFacts } from '../lib/accounts/ports.js';
import type { Account } from '../lib/accounts/types.js';
import { passwordsBehind, type UsableMethods, usableMethods } from '../lib/accounts/usable-methods.js';
import type { AccountLocks } from './account-locks.js';
import type { AccountQuery } from './account-query.js';
import { askingOnce, type MethodFactsIn } from './method-facts.js';

/** Told what was stored when the lock was taken, and what is stored after the change. */
export type TellOfChange = (journal: Journal, before: StoredMethods, after: StoredMethods) => Promise<void>;

/**
 * Runs `change` under the user's lock; taken back with `only_sign_in_method` if it leaves none that works, and with `email_taken`
 * if it puts their password before another's at the door: should the two be the same, the other would be kept out. Whatever
 * `tell` writes of it commits with it; of a user whom the change deleted there is nothing to tell.
 */
export type GuardedChange = <T>(
  userId: string,
  usable: UsableMethods,
  change: (transaction: Transaction) => Promise<T>,
  tell?: TellOfChange,
) => Promise<T>;

async function methodsIn(account: Account, facts: MethodFacts, usable: UsableMethods) {
  return {
    account,
    hostMethods: await facts.hostMethods(account.user.id),
    usable: await usableMethods(account, facts, usable),
    behind: await passwordsBehind(account.user, facts, usable),
  };
}

export interface GuardedChangeOptions {
  readonly locks: AccountLocks;
  readonly query: AccountQuery;
  readonly factsIn: MethodFactsIn;
}

export function createGuardedChange({ locks, query, factsIn }: GuardedChangeOptions): GuardedChange {
  return (userId, usable, change, tell) =>
    locks.locked(userId, {}, async (locked, transaction) => {
      const before = await methodsIn(locked.account, locked, usable);
      const result = await change(transaction);
      const found = await query.byId(userId, {}, transaction);
      if (found === undefined) return result; // The host deleted the user, which locks nobody out.
      const after = await methodsIn(found.account, askingOnce(factsIn(transaction)), usable);
      // Where the host could not say what there was, it may have been a way in.
      const had = before.hostMethods === undefined ? [...before.usable, { id: 'host:unknown' }] : before.usable;
      if (!keepsBest(had, after.usable)) throw new LatchkeyError('only_sign_in_method');
      if (after.behind.some((id) => !before.behind.includes(id))) throw new LatchkeyError('email_taken');
      await tell?.(locked, before, after);
      return result;
    });
}

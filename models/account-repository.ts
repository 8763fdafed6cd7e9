// The core's SQL storage, put together: reads go straight to the database, every change goes through the lock.

import type { AccountRepository } from '../lib/accounts/ports.js';
import { isSuccessor } from '../lib/accounts/successors.js';
import { type AccountLocks, createAccountLocks } from './account-locks.js';
import type { AccountQuery } from './account-query.js';
import type { AccountTables } from './account-select.js';
import { createFittingUsers } from './fitting-users.js';
import { createGuardRows, createTenures } from './guard-rows.js';
import { createGuardedChange, type GuardedChange } from './guarded-change.js';
import type { UserCreated } from './host-users.js';
import type { SqlInvitationRepository } from './invitation-repository.js';
import { createJournals, type JournalsOptions, journaledWrites, type OnOutbox } from './journal.js';
import type { Leftovers } from './leftovers.js';
import { createLinkWrites, type SealTokens } from './link-writes.js';
import { createMethodFacts, type HostFunctions } from './method-facts.js';
import { readRecentSignIns } from './recent-sign-ins.js';
import { createSessionWrites } from './session-writes.js';
import { createSignInTransactions } from './sign-in-transaction.js';
import type { Transactions } from './transactions.js';

export interface AccountRepositoryOptions extends AccountTables {
  readonly query: AccountQuery;
  readonly transactions: Transactions;
  readonly hostFunctions: HostFunctions;
  /** Called after a commit that put something into the outbox. */
  readonly onOutbox: OnOutbox;
  readonly sealTokens: SealTokens | undefined;
  readonly leftovers: Leftovers;
  readonly webhooks: JournalsOptions['webhooks'];
  readonly invitations: SqlInvitationRepository;
  readonly userCreated: UserCreated | undefined;
}

/** The repository, and the same lock for a change that the host makes itself. */
export interface SqlAccountRepository extends AccountRepository, Pick<AccountLocks, 'lockedAll'> {
  readonly guarded: GuardedChange;
}

export function createAccountRepository(options: AccountRepositoryOptions): SqlAccountRepository {
  const { sequelize, models, users, query, transactions, webhooks, onOutbox } = options;
  const journals = createJournals({ sequelize, models, readId: users.readId, webhooks });
  const writing = journaledWrites(transactions, journals, onOutbox);
  const guards = createGuardRows(sequelize, models);
  const tenures = createTenures({ ...options, guards });
  const links = createLinkWrites(options);
  const sessions = createSessionWrites(options);
  const factsIn = createMethodFacts(options);
  const fittingUsers = createFittingUsers(sequelize, users);
  const openSignIn = createSignInTransactions({ ...options, fittingUsers, tenures, links, sessions });
  const locks = createAccountLocks({ ...options, writing, guards, tenures, links, sessions, factsIn, fittingUsers, openSignIn });
  const facts = factsIn(undefined);

  /** The lock is where what is left of another is deleted. */
  const settle = (userId: string) => locks.locked(userId, {}, async () => undefined);

  return {
    async findAccount(userId, sessionId) {
      const found = await transactions.read(() => query.byId(userId, { sessionId }));
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
    hostMethods: (userId) => transactions.read(() => facts.hostMethods(userId)),
    hasPassword: (user) => transactions.read(() => facts.hasPassword(user)),
    triedAtDoor: (user) => transactions.read(() => facts.triedAtDoor(user)),
    replaceTokens: (id, old, tokens) => transactions.writeOne((transaction) => links.replaceTokens(id, old, tokens, transaction)),
    updateSettings: (userId, change) => transactions.write((transaction) => users.update(userId, change, transaction)),
    ...locks,
    guarded: createGuardedChange({ locks, query, factsIn }),
    signIn: (work) => fittingUsers.fitting((fit) => writing((transaction, journal) => work(openSignIn(transaction, journal, fit)))),
    async audit(event, context) {
      await transactions.writeOne((transaction) => journals.audit(event, context, transaction));
    },
    async recentSignIns({ id, createdAt }, limit) {
      const signIns = await transactions.read(() => readRecentSignIns(models, { userId: users.readId(id), limit }));
      return users.ownUsers ? signIns : signIns.filter(({ at }) => !isSuccessor({ createdAt, remembered: at }));
    },
  };
}

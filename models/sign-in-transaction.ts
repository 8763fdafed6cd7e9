// What one transaction of a sign-in may write: a user, a link, a session. It cannot remove anything.

import type { Transaction } from 'sequelize';
import { LatchkeyError } from '../lib/accounts/errors.js';
import type { Journal, SignInTransaction } from '../lib/accounts/ports.js';
import type { User } from '../lib/accounts/types.js';
import type { AccountQuery } from './account-query.js';
import { isRetryable } from './database-errors.js';
import type { Fit, FittingUsers } from './fitting-users.js';
import { millisOf, type Tenures } from './guard-rows.js';
import type { UserCreated } from './host-users.js';
import type { SqlInvitationRepository } from './invitation-repository.js';
import type { LinkWrites } from './link-writes.js';
import { placeholderKey } from './placeholders.js';
import type { SessionWrites } from './session-writes.js';
import { requiredKey } from './user-ids.js';
import type { UserMapping } from './user-mapping.js';

export interface SignInTransactionsOptions {
  readonly users: UserMapping;
  readonly query: AccountQuery;
  readonly fittingUsers: FittingUsers;
  readonly tenures: Tenures;
  readonly links: LinkWrites;
  readonly sessions: SessionWrites;
  readonly invitations: SqlInvitationRepository;
  readonly userCreated: UserCreated | undefined;
}

export type OpenSignIn = (transaction: Transaction, journal: Journal, fit: Fit) => SignInTransaction;

export function createSignInTransactions(options: SignInTransactionsOptions): OpenSignIn {
  const { users, query, fittingUsers, tenures, links, sessions, invitations, userCreated } = options;

  /** A row that the host's own statement was refused is no word about ours. */
  async function tellHost({ passwordHash: _hash, emailKey: _key, ...user }: User, transaction: Transaction): Promise<void> {
    try {
      await userCreated?.(user, { transaction });
    } catch (error) {
      if (error instanceof LatchkeyError || isRetryable(error)) throw error;
      throw new LatchkeyError('internal', { detail: 'userCreated threw', cause: error });
    }
  }

  return (transaction, journal, fit) => ({
    ...journal,
    async insertUser(user) {
      const id = await fittingUsers.insert(user, fit, (row) => users.insert(row, transaction));
      const found = await query.byId(id, {}, transaction);
      if (found === undefined) throw new Error('The user that was just made cannot be read');
      const made = found.account.user;
      fittingUsers.assertStored(user, made);
      // Read back, after every default, hook and trigger of the host.
      const placeholder = user.passwordHash === undefined ? made.passwordHash : undefined;
      const noPassword = placeholder === undefined ? null : placeholderKey(placeholder);
      const createdAt = users.ownUsers ? null : millisOf(found);
      await tenures.begin(requiredKey(users.readId, id), { noPassword, createdAt }, transaction);
      await tellHost(made, transaction);
      return placeholder === undefined ? made : { ...made, passwordHash: undefined };
    },
    insertLink: (userId, identity, at) => links.insert(userId, identity, { at, use: true }, transaction),
    touchLink: (id, identity, at) => links.touch(id, identity, at, transaction),
    insertSession: (session) => sessions.insert(session, transaction),
    takeInvitation: (tokenHash) => invitations.take(tokenHash, transaction),
  });
}

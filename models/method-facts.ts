// What decides, besides the account itself, whether a way in works: asked of the database and the host as things stand now.

import type { Transaction } from 'sequelize';
import { emailKey, isEmailAddress } from '../lib/accounts/keys.js';
import type { MethodFacts } from '../lib/accounts/ports.js';
import type { SignInMethod } from '../lib/accounts/types.js';
import type { AccountQuery } from './account-query.js';
import type { HostFunctions } from './host-functions.js';
import type { UserMapping } from './user-mapping.js';

export interface MethodFactsOptions {
  readonly users: UserMapping;
  readonly query: AccountQuery;
  readonly hostFunctions: HostFunctions;
}

/** In a transaction, as things stand there. */
export type MethodFactsIn = (transaction: Transaction | undefined) => MethodFacts;

export function createMethodFacts({ users, query, hostFunctions }: MethodFactsOptions): MethodFactsIn {
  return (transaction) => ({
    hostMethods: (userId) => hostFunctions.methods(userId, transaction),
    hasPassword: (user) => hostFunctions.hasPassword(user, transaction),
    /** One row of ours has an address, and the door finds it by its key; an operator may have changed one of the two. */
    async triedAtDoor(user) {
      const { email } = user;
      if (email === undefined || !isEmailAddress(email)) return [];
      if (!users.ownUsers) return await query.byAddress(email, transaction);
      return user.emailKey === emailKey(email) ? [user] : [];
    },
  });
}

/** The host is asked for its methods once, whoever wants to know. */
export function askingOnce(facts: MethodFacts): MethodFacts {
  let told: Promise<readonly SignInMethod[] | undefined> | undefined;
  return {
    ...facts,
    hostMethods(userId) {
      told ??= facts.hostMethods(userId);
      return told;
    },
  };
}

// The facts besides the account itself that decide whether a way in works now, from the database and from the host's functions.

import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { emailKey, isEmailAddress } from '../lib/accounts/keys.js';
import type { MethodFacts } from '../lib/accounts/ports.js';
import type { SignInMethod, User } from '../lib/accounts/types.js';
import { inTime } from '../lib/support/deadline.js';
import { describeError, type Logger } from '../lib/support/logger.js';
import type { AccountQuery } from './account-query.js';
import { OURS } from './bound-sql.js';
import { isRetryable } from './database-errors.js';
import type { HostHasPassword } from './host-users.js';
import { quoting } from './quoting.js';
import { readable } from './readable.js';
import type { UserMapping } from './user-mapping.js';

/**
 * Returns the ids of a user's own sign-in methods at the host that work now: strings or numbers, none of them empty. `transaction` is
 * given when the answer decides a removal. If the function throws, takes more than 2 s or returns anything else, no method counts.
 */
export type HostSignInMethods = (
  userId: string,
  options: { readonly transaction: Transaction | undefined },
) => Promise<readonly (string | number)[]> | readonly (string | number)[];

export interface HostFunctionsOptions {
  readonly sequelize: Sequelize;
  readonly users: UserMapping;
  readonly signInMethods: HostSignInMethods | undefined;
  readonly logger: Logger;
}

export interface HostFunctions {
  /** Undefined when the host gave no answer. Throws only what is worth a retry of the transaction. */
  methods(userId: string, transaction: Transaction | undefined): Promise<readonly SignInMethod[] | undefined>;
  /** Whether the stored hash is a password. Throws only what is worth a retry of the transaction. */
  hasPassword(user: User, transaction: Transaction | undefined): Promise<boolean>;
}

/** Well below the deadline of the unit of work around it, in milliseconds. */
const PATIENCE_MS = 2_000;

const SAVEPOINT = 'latchkey_host_function';

function isId(id: unknown): boolean {
  return typeof id === 'number' ? Number.isFinite(id) : typeof id === 'string' && id !== '';
}

function toMethods(answer: unknown): readonly SignInMethod[] {
  // A copy, because a hole in a list is no element of it that `every` would look at.
  const ids: readonly unknown[] = Array.isArray(answer) ? [...answer] : [undefined];
  if (!ids.every(isId)) throw new TypeError('expected a list of ids: strings or numbers, none of them empty');
  return ids.map((id) => ({ id: `host:${id}` }));
}

export function createHostFunctions({ sequelize, users, signInMethods, logger }: HostFunctionsOptions): HostFunctions {
  const { column, table } = quoting(sequelize);
  const ROW = `SELECT ${readable(sequelize).all(users.model, 'u', column)} FROM ${table(users.model)} u WHERE u.${column(users.column('id') ?? 'id')} = $userId`;

  /** PostgreSQL refuses every further statement of a transaction in which one has failed, were it the host's own. */
  async function apart<T>(transaction: Transaction | undefined, work: () => Promise<T>): Promise<T> {
    if (transaction === undefined || sequelize.getDialect() !== 'postgres') return await work();
    await sequelize.query(`SAVEPOINT ${SAVEPOINT}`, { transaction });
    try {
      return await work();
    } catch (error) {
      await sequelize.query(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}`, { transaction });
      throw error;
    }
  }

  async function ask<T>(name: string, transaction: Transaction | undefined, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await apart(transaction, () => inTime(PATIENCE_MS, work));
    } catch (error) {
      if (isRetryable(error)) throw error;
      logger.error({ err: describeError(error) }, `${name} gave no valid answer`);
      return undefined;
    }
  }

  /** As the host's own code has it; none that was deleted meanwhile. */
  async function rowOf(user: User, transaction: Transaction | undefined) {
    const [row] = await sequelize.query(ROW, {
      ...{ type: QueryTypes.SELECT, model: users.model, mapToModel: true, raw: false, ...OURS },
      bind: { userId: users.readId(user.id) },
      transaction: transaction ?? null,
    });
    return row;
  }

  async function askHost(hasPassword: HostHasPassword, user: User, transaction: Transaction | undefined): Promise<boolean> {
    const row = await rowOf(user, transaction);
    if (row === undefined) return false;
    const told = await ask('users.hasPassword', transaction, async () => {
      const answer: unknown = await hasPassword(row, { transaction });
      if (typeof answer !== 'boolean') throw new TypeError('expected true or false');
      return answer;
    });
    return told === true;
  }

  return {
    methods: async (userId, transaction) =>
      signInMethods === undefined
        ? []
        : await ask('signInMethods', transaction, async () => toMethods(await signInMethods(userId, { transaction }))),
    async hasPassword(user, transaction) {
      const { hasPassword } = users;
      if (user.passwordHash === undefined || hasPassword === undefined) return user.passwordHash !== undefined;
      return await askHost(hasPassword, user, transaction);
    },
  };
}

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

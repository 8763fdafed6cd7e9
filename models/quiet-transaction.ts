// A transaction of Sequelize's that fails without a word on the console: the log has one JSON line for it, and nothing else.

import { Sequelize, Transaction, type TransactionOptions } from 'sequelize';

/** What Sequelize 6 has between `transaction()` and its callback, and has no types for. */
interface Inner {
  readonly finished?: string;
  readonly connection?: unknown;
  readonly options: object;
  readonly sequelize: {
    getQueryInterface(): {
      commitTransaction(transaction: unknown, options: object): Promise<void>;
      rollbackTransaction(transaction: unknown, options: object): Promise<void>;
    };
  };
  readonly _afterCommitHooks: readonly ((transaction: unknown) => unknown)[];
  prepareEnvironment(useCls: boolean): Promise<unknown>;
  cleanup(): void;
  forceCleanup(): Promise<void>;
}

/** In whatever state its connection is: it is closed, and another one opened. */
async function orClose(inner: Inner, end: Promise<void>): Promise<void> {
  try {
    await end;
    inner.cleanup();
  } catch (error) {
    await inner.forceCleanup();
    throw error;
  }
}

/** As Sequelize's own; but what waits for a commit is not told of one that failed. */
export class QuietTransaction extends Transaction {
  get #inner(): Inner {
    return this as unknown as Inner;
  }

  override async commit(): Promise<void> {
    const { finished, sequelize, options, _afterCommitHooks } = this.#inner;
    if (finished !== undefined) throw new Error(`The transaction is over already: ${finished}`);
    await orClose(this.#inner, sequelize.getQueryInterface().commitTransaction(this, options));
    for (const hook of _afterCommitHooks) await hook.call(this, this);
  }

  override async rollback(): Promise<void> {
    const { finished, connection, sequelize, options } = this.#inner;
    if (finished !== undefined) throw new Error(`The transaction is over already: ${finished}`);
    if (connection === undefined) throw new Error('The transaction never began');
    await orClose(this.#inner, sequelize.getQueryInterface().rollbackTransaction(this, options));
  }

  /** @param begin settings that are to be made before it begins */
  static async begun(sequelize: Sequelize, options: TransactionOptions, prepare: (inner: QuietTransaction) => void = () => undefined) {
    const transaction = new (QuietTransaction as unknown as new (sequelize: Sequelize, options: object) => QuietTransaction)(
      sequelize,
      options,
    );
    prepare(transaction);
    await transaction.#inner.prepareEnvironment(true);
    return transaction;
  }
}

/** Runs what Sequelize's `transaction()` runs, in a host's CLS namespace, too. */
export function inNamespace<T>(run: () => Promise<T>): Promise<T> {
  return (Sequelize as unknown as { _clsRun(run: () => Promise<T>): Promise<T> })._clsRun(run);
}

/** As Sequelize's `transaction(options, work)`. */
export function quietTransaction<T>(
  sequelize: Sequelize,
  options: TransactionOptions,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  return inNamespace(async () => {
    const transaction = await QuietTransaction.begun(sequelize, options);
    let result: T;
    try {
      result = await work(transaction);
    } catch (error) {
      await transaction.rollback().catch(() => undefined);
      throw error;
    }
    await transaction.commit();
    return result;
  });
}

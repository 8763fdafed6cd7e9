// A Sequelize transaction that prints nothing to the console when it fails: the log has one JSON line for it, and nothing else.

import { Sequelize, Transaction, type TransactionOptions } from 'sequelize';
import { type Connection, driverStatements } from './driver-statements.js';

const { READ_COMMITTED } = Transaction.ISOLATION_LEVELS;

/** Whose transactions are all READ COMMITTED. */
const settled = new WeakSet<Connection>();

/**
 * Says it once per connection, in place of each time: for a Sequelize that nobody else has. A host sets its connections as it
 * likes, and may do so later.
 */
export function settleReadCommitted(sequelize: Sequelize): void {
  if (sequelize.getDialect() !== 'mysql') return;
  sequelize.addHook('afterConnect', async (connection: unknown) => {
    const mysql = connection as { promise(): { query(sql: string): Promise<unknown> } };
    await mysql.promise().query(`SET SESSION TRANSACTION ISOLATION LEVEL ${READ_COMMITTED}`);
    settled.add(connection as Connection);
  });
}

/** One statement where the dialect can say it in one. */
function beginsOf(dialect: string, { isolationLevel }: TransactionOptions, connection: Connection): readonly string[] {
  // Sequelize's default is null, which its types do not say.
  if (!isolationLevel) return ['START TRANSACTION;'];
  if (dialect === 'postgres') return [`START TRANSACTION ISOLATION LEVEL ${isolationLevel};`];
  const isSaid = isolationLevel === READ_COMMITTED && settled.has(connection);
  return [...(isSaid ? [] : [`SET TRANSACTION ISOLATION LEVEL ${isolationLevel};`]), 'START TRANSACTION;'];
}

/** What Sequelize 6 has between `transaction()` and its callback, and has no types for. */
interface Inner {
  finished?: 'commit' | 'rollback';
  readonly connection?: Connection;
  readonly options: TransactionOptions;
  readonly sequelize: {
    getQueryInterface(): {
      commitTransaction(transaction: unknown, options: object): Promise<void>;
      rollbackTransaction(transaction: unknown, options: object): Promise<void>;
    };
  };
  readonly _afterCommitHooks: readonly ((transaction: unknown) => unknown)[];
  begin(): Promise<unknown>;
  prepareEnvironment(useCls: boolean): Promise<unknown>;
  cleanup(): void;
  forceCleanup(): Promise<void>;
}

const base = Transaction.prototype as unknown as Pick<Inner, 'begin'>;

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

  get #sequelize(): Sequelize {
    return (this as unknown as { readonly sequelize: Sequelize }).sequelize;
  }

  /**
   * By as few statements as the dialect can do with. On SQLite by Sequelize: begun straight from the statement before, it has the
   * driver hold up the whole process while it waits for the file.
   */
  async begin(): Promise<void> {
    const { connection, options } = this.#inner;
    const drivers = driverStatements(this.#sequelize);
    const isSqlite = this.#sequelize.getDialect() === 'sqlite';
    if (connection === undefined || isSqlite || drivers.isUnfit()) return void (await base.begin.call(this));
    for (const sql of beginsOf(this.#sequelize.getDialect(), options, connection))
      await drivers.runOn(connection, { sql, values: [], reads: false });
  }

  override async commit(): Promise<void> {
    const { finished, _afterCommitHooks } = this.#inner;
    if (finished !== undefined) throw new Error(`The transaction has already ended: ${finished}`);
    await orClose(this.#inner, this.#end('commit'));
    for (const hook of _afterCommitHooks) await hook.call(this, this);
  }

  override async rollback(): Promise<void> {
    const { finished, connection } = this.#inner;
    if (finished !== undefined) throw new Error(`The transaction has already ended: ${finished}`);
    if (connection === undefined) throw new Error('The transaction never began');
    await orClose(this.#inner, this.#end('rollback'));
  }

  /** From its beginning on nothing else runs in this transaction. */
  async #end(how: 'commit' | 'rollback'): Promise<void> {
    const { connection, options, sequelize } = this.#inner;
    const drivers = driverStatements(this.#sequelize);
    if (connection === undefined || drivers.isUnfit()) {
      const queryInterface = sequelize.getQueryInterface();
      if (how === 'commit') await queryInterface.commitTransaction(this, options);
      else await queryInterface.rollbackTransaction(this, options);
    } else {
      this.#inner.finished = how;
      await drivers.runOn(connection, { sql: `${how.toUpperCase()};`, values: [], reads: false });
    }
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

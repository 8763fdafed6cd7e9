// One connection for all transactions on SQLite: Sequelize would open and close one for each, which costs more than the transaction itself.

import type { Sequelize, Transaction, TransactionOptions } from 'sequelize';
import { inNamespace, QuietTransaction, quietTransaction } from './quiet-transaction.js';

/** What Sequelize 6 does between `transaction()` and its callback, and has no types for. */
interface Inner {
  id: string;
  readonly connection: { uuid: string | undefined };
  cleanup(): void;
  _clearCls(): void;
}

interface ConnectionManager {
  releaseConnection(connection: unknown): void;
}

/** Names the connection among Sequelize's; it lives as long as they do. */
const ID = 'latchkey';

/** Where it is at work: what was given up may be under way still when the next one begins. */
const busy = new WeakSet<Sequelize>();

/** Runs what Sequelize's own `transaction(options, work)` runs, for a host's CLS namespace, too. */
async function onKept<T>(sequelize: Sequelize, options: TransactionOptions, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  const transaction = await QuietTransaction.begun(sequelize, options, (begun) => {
    const inner = begun as unknown as Inner;
    inner.id = ID;
    inner.cleanup = () => inner._clearCls();
  });
  const inner = transaction as unknown as Inner;
  /** In whatever state it is: the next one opens another. */
  const letGo = () => {
    const { connectionManager } = sequelize as unknown as { readonly connectionManager: ConnectionManager };
    inner.connection.uuid = ID;
    connectionManager.releaseConnection(inner.connection);
  };
  let result: T;
  try {
    result = await work(transaction);
  } catch (error) {
    await transaction.rollback().catch(letGo);
    throw error;
  }
  await transaction.commit().catch((error: unknown) => {
    letGo();
    throw error;
  });
  return result;
}

/** As Sequelize's `transaction(options, work)`; for SQLite only. */
export async function keptTransaction<T>(
  sequelize: Sequelize,
  options: TransactionOptions,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  if (busy.has(sequelize)) return await quietTransaction(sequelize, options, work);
  busy.add(sequelize);
  try {
    return await inNamespace(() => onKept(sequelize, options, work));
  } finally {
    busy.delete(sequelize);
  }
}

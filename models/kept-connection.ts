// One connection for the transactions on SQLite: Sequelize opens one for each and closes it again, which costs more than all they do.

import { Sequelize, Transaction, type TransactionOptions } from 'sequelize';

/** What Sequelize 6 does between `transaction()` and its callback, and has no types for. */
interface Inner {
  id: string;
  readonly connection: { uuid: string | undefined };
  prepareEnvironment(useCls: boolean): Promise<unknown>;
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
  const transaction = new (Transaction as unknown as new (sequelize: Sequelize, options: object) => Transaction)(sequelize, options);
  const inner = transaction as unknown as Inner;
  inner.id = ID;
  inner.cleanup = () => inner._clearCls();
  await inner.prepareEnvironment(true);
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
  if (busy.has(sequelize)) return await sequelize.transaction(options, work);
  busy.add(sequelize);
  const inNamespace = (Sequelize as unknown as { _clsRun<R>(run: () => R): R })._clsRun;
  try {
    return await (inNamespace.call(Sequelize, () => onKept(sequelize, options, work)) as Promise<T>);
  } finally {
    busy.delete(sequelize);
  }
}

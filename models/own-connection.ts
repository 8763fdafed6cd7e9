// A connection for work outside transactions: each of its statements commits by itself, and none of its settings stay behind.

import type { Sequelize, Transaction } from 'sequelize';

/** What Sequelize 6 has, and has no types for. */
interface Inner {
  readonly connectionManager: {
    readonly pool: { destroy(connection: unknown): Promise<void> };
    getConnection(options: { readonly type: string; readonly useMaster: true }): Promise<unknown>;
  };
}

interface Socket {
  setTimeout(ms: number): void;
}

/** mysql2 keeps the socket on the connection, pg one level down. */
function socketOf(connection: unknown): Socket | undefined {
  const { stream, connection: inner } = (connection ?? {}) as {
    readonly stream?: Socket;
    readonly connection?: { readonly stream?: Socket };
  };
  return stream ?? inner?.stream;
}

/**
 * Where Sequelize asks for a transaction it is given this connection; it is closed at the end, with its locks and settings. A server
 * that is silent for long, while it builds an index, is waited for.
 */
export async function onOwnConnection<T>(sequelize: Sequelize, work: (connection: Transaction) => Promise<T>): Promise<T> {
  const { connectionManager } = sequelize as unknown as Inner;
  const connection = await connectionManager.getConnection({ type: 'UPDATE', useMaster: true });
  socketOf(connection)?.setTimeout(0);
  try {
    return await work({ connection } as unknown as Transaction);
  } finally {
    await connectionManager.pool.destroy(connection);
  }
}

// Listens to every connection of the driver from its creation: Sequelize begins later, and an error that nobody listens for ends Node.

import type { EventEmitter } from 'node:events';
import type { Sequelize } from 'sequelize';

interface Connection extends EventEmitter {
  /** Which of Sequelize's pools a connection is of, with replication; it says so later than it may be told of an error. */
  queryType?: string;
}

/** `pg` and `mysql2`, as far as Sequelize makes connections by them. */
interface Driver {
  readonly Client?: new (...options: never[]) => Connection;
  readonly createConnection?: (...options: never[]) => Connection;
}

interface ConnectionManager {
  lib: Driver;
}

const heard = new WeakSet<Sequelize>();

/** Whatever was asked meets the closed connection itself, and says so where somebody waits for it. */
function listenTo<T extends Connection>(connection: T): T {
  connection.on('error', () => undefined);
  connection.queryType ??= 'write';
  return connection;
}

function heardClient(Client: NonNullable<Driver['Client']>) {
  return class HeardClient extends Client {
    constructor(...options: never[]) {
      super(...options);
      listenTo(this);
    }
  };
}

/** Harmless when it was done before. Connections that are open by then have Sequelize's own listener. */
export function hearConnections(sequelize: Sequelize): void {
  if (heard.has(sequelize)) return;
  heard.add(sequelize);
  const { connectionManager } = sequelize as unknown as { readonly connectionManager: ConnectionManager };
  const { lib } = connectionManager;
  const { Client, createConnection } = lib ?? {};
  const dialect = sequelize.getDialect();
  if (dialect === 'postgres' && Client !== undefined)
    connectionManager.lib = Object.create(lib, { Client: { value: heardClient(Client) } }) as Driver;
  if (dialect === 'mysql' && createConnection !== undefined) {
    const value = (...options: never[]) => listenTo(createConnection.apply(lib, options));
    connectionManager.lib = Object.create(lib, { createConnection: { value } }) as Driver;
  }
}

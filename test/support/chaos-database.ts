// A database that the chaos suite shakes by its own means: connections ended from inside, and the whole of it read-only for a while.

import { QueryTypes, Sequelize } from 'sequelize';
import { freshDatabase } from './fault-stage.js';
import type { Service } from './service.js';

export interface ChaosDatabase {
  /** For the servers; whoever comes by it may be stopped from writing. */
  readonly url: string;
  /** By no proxy, and bound by nothing. */
  readonly admin: Sequelize;
  /** Ends every connection of the servers, and tells how many there were. */
  endConnections(): Promise<number>;
  readOnly(on: boolean): Promise<void>;
  close(): Promise<void>;
}

const asApp = (url: string) => {
  const own = new URL(url);
  own.username = 'app';
  return own.href;
};

async function onMariadb(service: Service): Promise<ChaosDatabase> {
  const url = await freshDatabase(service);
  const admin = new Sequelize(url, { dialect: 'mysql', logging: false });
  // Whoever may set it is not bound by it.
  await admin.query("CREATE USER 'app'@'127.0.0.1'");
  await admin.query(`GRANT ALL ON ${new URL(url).pathname.slice(1)}.* TO 'app'@'127.0.0.1'`);
  return {
    url: asApp(url),
    admin,
    async endConnections() {
      const sql = "SELECT id FROM information_schema.processlist WHERE user = 'app'";
      const rows = await admin.query<{ id: number }>(sql, { type: QueryTypes.SELECT });
      // One that went by itself meanwhile is no matter.
      await Promise.allSettled(rows.map(({ id }) => admin.query(`KILL ${Number(id)}`)));
      return rows.length;
    },
    readOnly: async (on) => void (await admin.query(`SET GLOBAL read_only = ${on ? 1 : 0}`)),
    close: () => admin.close(),
  };
}

async function onPostgres(service: Service): Promise<ChaosDatabase> {
  const url = await freshDatabase(service);
  const admin = new Sequelize(url, { dialect: 'postgres', logging: false });
  await admin.query('CREATE ROLE app LOGIN');
  await admin.query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} OWNER TO app`);
  return {
    url: asApp(url),
    admin,
    async endConnections() {
      const sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'";
      return (await admin.query(sql, { type: QueryTypes.SELECT })).length;
    },
    async readOnly(on) {
      // For connections there are, too.
      await admin.query(`ALTER SYSTEM SET default_transaction_read_only = ${on ? 'on' : 'off'}`);
      await admin.query('SELECT pg_reload_conf()');
    },
    close: () => admin.close(),
  };
}

export function openChaosDatabase(service: Service): Promise<ChaosDatabase> {
  return service.name === 'postgres' ? onPostgres(service) : onMariadb(service);
}

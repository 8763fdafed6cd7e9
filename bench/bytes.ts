// What a user, a link, a session and an audit row take on disk, with their indexes.
//
//   npm run --prefix bench bytes -- [--databases mariadb,postgres,sqlite] [--links 100000]

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { removeRunFolder } from '../test/support/run-folder.js';
import { endServers, missingServers, openPlace, type Place } from './compare/databases.js';
import { fill } from './compare/fill.js';
import type { DatabaseName } from './compare/options.js';
import { makePrograms, OPENID_PROVIDER } from './compare/programs.js';
import { startSystem } from './compare/system.js';
import { closeConnections } from './compare/visitor.js';

const { values } = parseArgs({
  allowNegative: true,
  options: {
    databases: { type: 'string', default: 'mariadb,postgres,sqlite' },
    links: { type: 'string', default: '100000' },
    build: { type: 'boolean', default: true },
  },
});
const databases = values.databases.split(',') as DatabaseName[];
const links = Number(values.links);

/** Each with what its rows take, and what its indexes take. */
const SIZES: Readonly<Record<DatabaseName, string>> = {
  mariadb: `SELECT TABLE_NAME AS name, DATA_LENGTH AS bytes, INDEX_LENGTH AS indexes
    FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()`,
  postgres: `SELECT relname AS name, pg_table_size(oid) AS bytes, pg_indexes_size(oid) AS indexes
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
  sqlite: `SELECT m.tbl_name AS name, SUM(CASE WHEN m.type = 'table' THEN s.pgsize ELSE 0 END) AS bytes,
    SUM(CASE WHEN m.type = 'index' THEN s.pgsize ELSE 0 END) AS indexes
    FROM dbstat s JOIN sqlite_schema m ON m.name = s.name GROUP BY m.tbl_name`,
};

const TABLES = ['users', 'sign_in_guards', 'social_links', 'refresh_tokens', 'audit_events'] as const;

async function tell(place: Place): Promise<void> {
  const sizes = new Map((await place.run(SIZES[place.kind])).map((size) => [size.name, size]));
  for (const name of TABLES) {
    const size = sizes.get(name);
    const [row] = await place.run(`SELECT COUNT(*) AS n FROM ${name}`);
    const each = (bytes: unknown) => Math.round(Number(bytes) / Number(row?.n));
    console.log(`| ${place.kind} | ${name} | ${row?.n} | ${each(size?.bytes)} | ${each(size?.indexes)} |`);
  }
}

const missing = missingServers(databases);
if (missing.length > 0) throw new Error(missing.join('\n'));
await makePrograms(values.build);
const provider = fork(OPENID_PROVIDER, { execArgv: [] });
const [issuers] = (await once(provider, 'message')) as [readonly [string, string]];
console.log('| database | table | rows | bytes a row | of its indexes |\n|---|---|---:|---:|---:|');
for (const database of databases) {
  const place = await openPlace(database);
  const system = await startSystem('latchkey', place, { issuers });
  await fill(system, links);
  await tell(place);
  await system.stop();
  await closeConnections();
  const again = await startSystem('latchkey', place, { issuers });
  console.log(`| ${database} | start to ready, ms | ${Math.round(again.children[0]?.readyMs ?? 0)} | | |`);
  await again.stop();
  await place.drop();
}
provider.disconnect();
await endServers();
removeRunFolder();

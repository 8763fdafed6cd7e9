// Prints what each call costs on the wire: statements, round trips, commands of Redis and bytes.
//
//   npm run --prefix bench statements -- [--database sqlite|mariadb|postgres] [--redis]

import { parseArgs } from 'node:util';
import { measureCosts } from '../test/support/call-costs.js';
import { removeRunFolder } from '../test/support/run-folder.js';
import { createDatabase, type DatabaseKind, redisUrl, services } from '../test/support/services.js';

const { values } = parseArgs({ options: { database: { type: 'string', default: 'mariadb' }, redis: { type: 'boolean', default: false } } });

const database = await createDatabase(values.database as DatabaseKind);
const costs = await measureCosts({ database: database.url, ...(values.redis ? { redis: await redisUrl() } : {}) });
await database.drop();
console.log(
  '| call | statements | that frame them | round trips | Redis | bytes asked | bytes answered |\n|---|---:|---:|---:|---:|---:|---:|',
);
for (const [call, { statements, frames, trips, redis, asked, answer }] of costs)
  console.log(`| ${[call, statements, frames, trips, redis, asked, answer].join(' | ')} |`);
await Promise.all(Object.values(services).map((service) => service.end()));
removeRunFolder();

// Times the import of 100,000 links, a dry run before and a second run after it, with its memory: tsx bench/import-links.ts sqlite

import { latchkey } from '../lib/index.js';
import { openDatabase } from '../lib/server/database.js';
import { createDatabase, type DatabaseKind } from '../test/support/services.js';

const COUNT = Number(process.argv[3] ?? 100_000);
const kind = (process.argv[2] ?? 'sqlite') as DatabaseKind;

const database = await createDatabase(kind);
const sequelize = openDatabase(database.url);
const keys = await latchkey({
  sequelize,
  baseUrl: 'http://127.0.0.1:3000',
  secret: 'a-secret-for-a-bench-that-is-long-enough-0123456789',
  providers: { google: { clientId: 'x', clientSecret: 'x' } },
});

for (let from = 1; from <= COUNT; from += 500) {
  const ids = Array.from({ length: Math.min(500, COUNT - from + 1) }, (_, n) => from + n);
  const on = kind === 'postgres' ? 'false' : '0';
  const users = ids.map((id) => `(${id}, '${id}@example.test', 'n${id}', ${on}, 'active', 2, '', '', '', 0, '2024-01-01', '2024-01-01')`);
  const columns =
    'id, email, nickname, email_verified, status, group_id, avatar, preferred_theme, language, credit, created_at, updated_at';
  await sequelize.query(`INSERT INTO users (${columns}) VALUES ${users.join(', ')}`);
}

function* rows() {
  for (let id = 1; id <= COUNT; id += 1)
    yield {
      userId: id,
      provider: 'google',
      subject: `1${String(id).padStart(20, '0')}`,
      email: `${id}@example.test`,
      linkedAt: '2024-01-01',
    };
}

let peak = 0;
const watch = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage().rss);
}, 50);
for (const [name, dryRun] of [
  ['dry run', true],
  ['run', false],
  ['second run', false],
] as const) {
  globalThis.gc?.();
  peak = 0;
  const before = process.memoryUsage().rss;
  const begun = performance.now();
  const { created, unchanged, conflicts } = await keys.links.import(rows(), { dryRun });
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  const mib = (bytes: number) => Math.round(bytes / 1024 / 1024);
  console.log(
    `${kind} ${name}: ${created} created, ${unchanged} unchanged, ${conflicts.length} conflicts; ${seconds} s, RSS ${mib(before)} to ${mib(peak)} MiB`,
  );
}
clearInterval(watch);
await keys.close();
await sequelize.close();
await database.drop();
process.exit();

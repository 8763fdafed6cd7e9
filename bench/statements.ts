// Counts the SQL statements of each operation, with BEGIN, COMMIT and settings of the transaction told apart.
//
//   npm run --prefix bench statements -- --database sqlite:/tmp/bench.sqlite [--redis URL]

import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import express from 'express';
import { pino } from 'pino';
import { fileTransport, latchkey } from '../lib/index.js';
import { connectRedis } from '../lib/server/connect-redis-client.js';
import { openDatabase } from '../lib/server/database.js';
import { ApiClient, BrowserClient } from '../test/support/client.js';
import { startOpenIdProvider } from '../test/support/openid-provider.js';
import { person } from '../test/support/person.js';

const { values } = parseArgs({ options: { database: { type: 'string', default: 'sqlite:bench.sqlite' }, redis: { type: 'string' } } });
const limit = { limit: 10_000_000, window: '1h' };
const FRAME = /^Executing \([^)]*\): (?:BEGIN|START|COMMIT|ROLLBACK|SET|PRAGMA)/;

let statements: string[] = [];
const sequelize = openDatabase(values.database, (sql) => statements.push(sql));
const redis = values.redis === undefined ? undefined : connectRedis(values.redis, pino({ level: 'silent' }));
const [logto, oidc] = [await startOpenIdProvider({ pathPrefix: '/oidc' }), await startOpenIdProvider()];
const app = express();
const server = createServer(app).listen(0, '127.0.0.1');
await once(server, 'listening');
const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const client = ({ clientId, clientSecret }: typeof oidc) => ({ clientId, clientSecret });
// The outbox is polled in the background: a transport that is never reached within the run keeps it quiet.
const keys = await latchkey({
  sequelize,
  ...(redis === undefined ? {} : { redis }),
  baseUrl,
  secret: 'bench-bench-bench-bench-bench-bench',
  logger: { info() {}, warn: console.error, error: console.error },
  mail: { transport: fileTransport(await mkdtemp(join(tmpdir(), 'latchkey-bench-'))), from: 'bench@localhost' },
  rateLimits: { prepare: limit, finish: limit },
  providers: { logto: { endpoint: logto.origin, ...client(logto) }, oidc: { issuer: oidc.issuer, ...client(oidc) } },
});
app.use(keys.router);

async function count<T>(name: string, work: () => Promise<T>): Promise<T> {
  statements = [];
  const result = await work();
  const own = statements.filter((sql) => !/outbox_messages(?:`|"| )/.test(sql) || /INSERT/.test(sql));
  const framed = own.filter((sql) => FRAME.test(sql)).length;
  console.log(`${name.padEnd(16)} ${String(own.length - framed).padStart(2)} statements (and ${framed} that frame transactions)`);
  return result;
}

const who = person();
const api = new ApiClient(baseUrl);
await new ApiClient(baseUrl).signIn('logto', logto, person());
const first = await count('prepare', () => api.visit('logto', logto, who));
await count('finish new', () => api.finish('logto', first));
const second = await api.visit('logto', logto, who);
await count('finish known', () => api.finish('logto', second));
await api.signIn('logto', logto, who);
const third = await api.visit('oidc', oidc, person(), { linking: true });
await count('link', () => api.finish('oidc', third));
await count('list', () => api.identities());
await count('unlink', () => api.unlink('oidc'));
await count('unlink refused', () => api.unlink('logto'));

const browser = new BrowserClient(baseUrl);
await count('browser, known', () => browser.signIn('logto', logto, who));
await count('browser, again', () => browser.signIn('logto', logto, who));
await count('who am I', () => browser.me());
await count('the page', () => browser.open('/account/connections'));
await count('browser, link', () => browser.link('oidc', oidc, person()));
await count('browser, unlink', () => browser.submit('/account/connections/oidc/unlink'));
await count('browser, refused', () => browser.submit('/account/connections/logto/unlink'));
await count('sign out', () => browser.submit('/auth/logout'));
await keys.close();
server.close();
server.closeAllConnections();
await Promise.all([logto.close(), oidc.close(), sequelize.close(), redis?.quit()]);

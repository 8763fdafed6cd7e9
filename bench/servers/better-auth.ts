// Better Auth on Express 5, set up as its documents do, with two OpenID providers.

import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { genericOAuth } from 'better-auth/plugins';
import Sqlite from 'better-sqlite3';
import express from 'express';
import { Kysely, MysqlDialect } from 'kysely';
import { createPool } from 'mysql2';
import { setting } from './setting.js';

const { port, baseUrl, databaseUrl, issuers } = setting();

function openDatabase() {
  if (databaseUrl.startsWith('sqlite:')) {
    const database = new Sqlite(databaseUrl.slice('sqlite:'.length));
    database.pragma('journal_mode = WAL');
    return database;
  }
  const pool = createPool({ uri: databaseUrl, timezone: 'Z', connectionLimit: 10 });
  return { db: new Kysely({ dialect: new MysqlDialect({ pool }) }), type: 'mysql' as const };
}

const providers = Object.entries(issuers).map(([providerId, issuer]) => ({
  providerId,
  discoveryUrl: `${issuer}/.well-known/openid-configuration`,
  clientId: 'bench',
  clientSecret: 'bench-secret',
  scopes: ['openid', 'email', 'profile'],
  pkce: true,
}));

const auth = betterAuth({
  baseURL: baseUrl,
  secret: 'a-secret-for-a-bench-that-is-long-enough-0123456789',
  database: openDatabase(),
  emailAndPassword: { enabled: true },
  account: { accountLinking: { enabled: true, allowDifferentEmails: true, trustedProviders: Object.keys(issuers) } },
  plugins: [genericOAuth({ config: providers })],
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { level: 'error' },
});
await (await getMigrations(auth.options)).runMigrations();

const app = express();
app.disable('x-powered-by');
app.all('/api/auth/*splat', toNodeHandler(auth));
app.get('/', (_req, res) => void res.send('ready'));
app.listen(port, '127.0.0.1');

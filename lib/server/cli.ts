#!/usr/bin/env node

// The `latchkey` command: serve, migrate, doctor, audit.

import { openStorage } from '../plugin/storage.js';
import { ConfigurationError } from '../support/configuration-error.js';
import { openDatabase } from './database.js';
import { diagnose } from './doctor.js';
import { readEnvironment } from './environment.js';
import { recentEvents } from './recent-events.js';
import { type RunningServer, startServer } from './server.js';

const USAGE = `usage: latchkey <command>

  serve     run the standalone server (configured by environment variables, see README)
  migrate   bring the schema of DATABASE_URL up to date and exit
  doctor    say how many users each provider would strand if it were switched off
  audit     print the last audit rows, one JSON object a line
`;

/** The server has this long to end, in milliseconds. */
const END_MS = 5_000;

const AUDIT_ROWS = 20;

async function serve(): Promise<void> {
  let server: RunningServer | undefined;
  const end = () => {
    // It waits for its database, say: nothing is under way yet.
    if (server === undefined) process.exit(0);
    setTimeout(() => process.exit(0), END_MS - 200).unref();
    server.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  server = await startServer(readEnvironment(process.env));
  console.log(`listening on ${server.url}`);
}

async function migrateOnly(): Promise<void> {
  const sequelize = openDatabase(readEnvironment(process.env).databaseUrl);
  await openStorage({ sequelize }).migrate();
  await sequelize.close();
  console.log('the schema is up to date');
}

async function doctor(): Promise<void> {
  const { databaseUrl, settings } = readEnvironment(process.env);
  const sequelize = openDatabase(databaseUrl);
  for (const line of await diagnose(sequelize, settings)) console.log(line);
  await sequelize.close();
}

async function audit(): Promise<void> {
  const sequelize = openDatabase(readEnvironment(process.env).databaseUrl);
  for (const row of await recentEvents(sequelize, AUDIT_ROWS)) console.log(JSON.stringify(row));
  await sequelize.close();
}

const COMMANDS: ReadonlyMap<string, () => Promise<void>> = new Map([
  ['serve', serve],
  ['migrate', migrateOnly],
  ['doctor', doctor],
  ['audit', audit],
]);

function fail(error: unknown): void {
  console.error(error instanceof ConfigurationError ? error.message : `latchkey: ${error instanceof Error ? error.message : 'failed'}`);
  process.exit(1);
}

const command = COMMANDS.get(process.argv[2] ?? '');
if (command === undefined) {
  console.error(USAGE);
  process.exitCode = 1;
} else {
  command().catch(fail);
}

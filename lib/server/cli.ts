#!/usr/bin/env node

// The `latchkey` command: what was typed is read in `commands`, and only here is anything printed.

import { packageVersion } from '../support/package-version.js';
import { UsageError } from './commands/command.js';
import { hostOptions } from './commands/host-options.js';
import { type Call, openOnce, readCall, USAGE } from './commands/index.js';
import { sentenceOf } from './commands/sentence.js';

/** The server has this long to end, in milliseconds. */
const END_MS = 5_000;

async function serve(): Promise<void> {
  // Loaded where it is used: the other commands need none of it.
  const [{ readEnvironment }, { startServer }] = await Promise.all([import('./environment.js'), import('./server.js')]);
  let server: Awaited<ReturnType<typeof startServer>> | undefined;
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

/** What is left open, such as a host's Redis, must not hold the process; but what was printed must be out. */
function leave(code: number): void {
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}

async function run(call: Extract<Call, { kind: 'command' }>): Promise<number> {
  const host = openOnce(() => hostOptions(call.config, process.env));
  try {
    const { lines, code = 0 } = await call.command.run({ ...call, options: host.open, progress: console.error });
    if (lines.length > 0) console.log(lines.join('\n'));
    return code;
  } finally {
    await host.close();
  }
}

async function main(): Promise<void> {
  const call = readCall(process.argv.slice(2));
  if (call.kind === 'serve') return await serve();
  if (call.kind === 'help') console.log(USAGE);
  else if (call.kind === 'version') console.log(packageVersion());
  else return leave(await run(call));
  leave(0);
}

main().catch((error: unknown) => {
  const isUsage = error instanceof UsageError;
  console.error(isUsage ? `latchkey: ${error.message}\n\n${USAGE}` : sentenceOf(error));
  leave(isUsage ? 2 : 1);
});

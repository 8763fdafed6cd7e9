// The standalone server as a process of its own, for suites whose subject is a process: killed, raced, started wrongly.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { compiledCli, requestCompiled } from './compiled.js';
import { freePort } from './free-port.js';
import { endWithRun } from './run-folder.js';
import type { Exit, Server } from './server.js';
import { type ServerOptions, settingOf } from './server-setting.js';

const PROJECT_ROOT = fileURLToPath(new URL('../../', import.meta.url));
const READY_TIMEOUT_MS = 40_000;
const STOP_TIMEOUT_MS = 10_000;

requestCompiled();

/** Starts the process without waiting for it to serve, as a test of wrong configuration wants. */
export async function launchServer(options: ServerOptions = {}): Promise<Server> {
  const port = options.port ?? (await freePort());
  const { dataDir, configFile, env } = settingOf(options, port);
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [await compiledCli(), 'serve'], {
    cwd: PROJECT_ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, HOME, ...env },
  });
  endWithRun(child, 'SIGKILL');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  // `close`, not `exit`: the last words are read by then.
  const exit = once(child, 'close').then((): Exit => ({ code: child.exitCode, signal: child.signalCode }));
  await once(child, 'spawn');
  if (child.pid === undefined) throw new TypeError('A process that was spawned has an id');
  return {
    base: `http://127.0.0.1:${port}`,
    port,
    dataDir,
    configFile,
    pid: child.pid,
    output: () => output,
    exit,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      const patience = new AbortController();
      void setTimeout(STOP_TIMEOUT_MS, undefined, { signal: patience.signal }).then(
        () => child.kill('SIGKILL'),
        () => undefined,
      );
      return await exit.finally(() => patience.abort());
    },
  };
}

/**
 * Starts the process and waits until it says that it serves.
 * @throws Error with what it printed, if it ends or says nothing for 40 s: several may start at once, or wait for one another
 */
export async function startProcess(options: ServerOptions = {}): Promise<Server> {
  const server = await launchServer(options);
  let ended: Exit | undefined;
  void server.exit.then((exit) => {
    ended = exit;
  });
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!server.output().includes('listening on http://')) {
    if (ended !== undefined || Date.now() > deadline) {
      await server.stop('SIGKILL');
      const why = ended === undefined ? 'says nothing' : `ended with ${ended.code ?? ended.signal}`;
      throw new Error(`The server ${why}: ${server.output().slice(-2000)}`);
    }
    await setTimeout(20);
  }
  return server;
}

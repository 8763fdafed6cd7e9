// What a test run puts on the machine, one folder and some processes, and that both are gone when it ends in any way.

import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, chmodSync, constants, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Run {
  readonly folder: string;
  readonly tell: (message: { readonly pid: number; readonly signal?: NodeJS.Signals }) => void;
}

let run: Run | undefined;

/** Memory, where Linux mounts it as a folder; a container's may be small. */
const MEMORY = '/dev/shm';
/** Three databases with what the suites put into them, and a browser, in bytes. */
const ROOM = 4 * 2 ** 30;

/** In memory, because databases wait for a disk to sync thousands of times; where `TMPDIR` says, if it does. */
function whereFoldersGo(): string {
  if (process.env.TMPDIR) return tmpdir();
  try {
    accessSync(MEMORY, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize >= ROOM ? MEMORY : tmpdir();
  } catch {
    return tmpdir();
  }
}

function openRun(): Run {
  const folder = mkdtempSync(join(whereFoldersGo(), 'latchkey-test-'));
  chmodSync(folder, 0o711); // PostgreSQL runs as another user, and must be able to pass through.
  const script = fileURLToPath(new URL('guardian.mjs', import.meta.url));
  // A session of its own: Ctrl-C at the terminal must not reach it.
  const guardian = spawn(process.execPath, [script, folder], { detached: true, stdio: ['pipe', 'ignore', 'inherit'] });
  guardian.unref();
  guardian.stdin.on('error', () => {}); // It was ended from outside; its work is then undone, and the tests go on.
  if (guardian.stdin instanceof Socket) guardian.stdin.unref();
  return { folder, tell: (message) => void guardian.stdin.write(`${JSON.stringify(message)}\n`) };
}

/** A new, empty folder of this run. */
export function newFolder(name: string): string {
  run ??= openRun();
  return mkdtempSync(join(run.folder, `${name}-`));
}

/** Has the process ended with `signal` should the run end before it, even by SIGKILL. */
export function endWithRun(child: ChildProcess, signal: NodeJS.Signals): void {
  const { pid } = child;
  if (pid === undefined) return; // It never started; its `error` event says why.
  run ??= openRun();
  const { tell } = run;
  tell({ pid, signal });
  child.once('exit', () => tell({ pid }));
}

/** Removes the run's folder at once. */
export function removeRunFolder(): void {
  if (run !== undefined) rmSync(run.folder, { recursive: true, force: true });
  run = undefined;
}

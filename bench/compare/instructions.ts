// The instructions a process retires while it answers, where the machine has `perf` and counts them.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

export interface Instructions {
  /** `undefined` where nothing was counted. */
  stop(): Promise<number | undefined>;
}

const EVENT = 'instructions:u';
/** Until it has attached itself. */
const ATTACH_MS = 150;

/** The line of `perf stat -x,` that tells of the event: its count first, or why there is none. */
function instructionsOf(output: string): number | undefined {
  const [count = ''] = (output.split('\n').find((line) => line.includes(EVENT)) ?? '').split(',');
  return /^\d+$/.test(count) ? Number(count) : undefined;
}

let isThere: Promise<boolean> | undefined;

/** Virtual machines often have the program and no counter. */
function countsInstructions(): Promise<boolean> {
  isThere ??= promisify(execFile)('perf', ['stat', '-x,', '-e', EVENT, 'true']).then(
    ({ stderr }) => instructionsOf(stderr) !== undefined,
    () => false,
  );
  return isThere;
}

export async function startInstructions(pid: number): Promise<Instructions | undefined> {
  if (!(await countsInstructions())) return undefined;
  const perf = spawn('perf', ['stat', '-x,', '-e', EVENT, '-p', String(pid)], { stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  perf.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await pause(ATTACH_MS);
  return {
    async stop() {
      const ended = once(perf, 'close');
      perf.kill('SIGINT');
      await ended;
      return instructionsOf(output);
    },
  };
}

// A host as a process of its own, started by Node alone: no loader of the tests is in it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { endWithRun } from '../support/run-folder.js';

const READY_TIMEOUT_MS = 30_000;

export interface HostProcess {
  readonly base: string;
  /** Everything printed so far. */
  output(): string;
  stop(): Promise<void>;
}

/**
 * @param script a file, or what is given to Node in full
 * @param node the executable to start it with; default: that of the tests
 * @throws Error with what it printed, if it ends or says nothing for 30 s
 */
export async function startHost(
  cwd: string,
  script: string | readonly string[],
  env: Readonly<Record<string, string>>,
  node = process.execPath,
): Promise<HostProcess> {
  // Nothing of the developer's own environment.
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(node, typeof script === 'string' ? [script] : script, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, HOME, ...env },
  });
  endWithRun(child, 'SIGKILL');
  const ended = once(child, 'close');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    const [, base] = /listening on (http:\S+)/.exec(output) ?? [];
    if (base !== undefined) {
      return {
        base,
        output: () => output,
        async stop() {
          child.kill();
          await ended;
        },
      };
    }
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`The host does not start: ${output.slice(-2000)}`);
    }
    await setTimeout(20);
  }
}

// A server in a process of its own: when it was ready, and what it has used.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { endWithRun } from '../../test/support/run-folder.js';
import { PROBE } from './programs.js';

export interface Usage {
  /** Milliseconds so far, of user and system. */
  readonly cpuMs: number;
  readonly rss: number;
  /** Heap and buffers, bytes. */
  readonly held: number;
}

export interface Child {
  readonly pid: number;
  /** From the start of the process to its first answer, milliseconds. */
  readonly readyMs: number;
  usage(): Promise<Usage>;
  /** The same, after a collection of garbage. */
  collected(): Promise<Usage>;
  stop(): Promise<void>;
}

export interface ChildOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Answers 2xx when it is ready. */
  readonly readyUrl: string;
}

const READY_MS = 60_000;

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    get(url, { agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode !== undefined && answer.statusCode < 300);
    }).on('error', () => resolve(false));
  });
}

async function ask(child: ChildProcess, what: 'usage' | 'collect'): Promise<Usage> {
  const told = once(child, 'message');
  child.send(what);
  const [{ cpu, memory }] = await told;
  return { cpuMs: (cpu.user + cpu.system) / 1000, rss: memory.rss, held: memory.heapUsed + memory.external };
}

/** @throws Error with what it printed, if it ends or is not ready within a minute */
export async function startChild({ file, args, env, readyUrl }: ChildOptions): Promise<Child> {
  const { PATH = '', HOME = '' } = process.env;
  const began = performance.now();
  const child = spawn(process.execPath, ['--expose-gc', '--import', pathToFileURL(PROBE).href, file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { PATH, HOME, NODE_ENV: 'production', ...env },
  });
  endWithRun(child, 'SIGKILL');
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-4000);
    });
  while (!(await answers(readyUrl))) {
    if (child.exitCode !== null || performance.now() - began > READY_MS) {
      child.kill('SIGKILL');
      throw new Error(`${file} is not ready: ${output}`);
    }
    await pause(5);
  }
  return {
    pid: child.pid ?? 0,
    readyMs: performance.now() - began,
    usage: () => ask(child, 'usage'),
    async collected() {
      await ask(child, 'collect');
      await pause(200);
      return await ask(child, 'collect');
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

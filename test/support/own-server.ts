// A private server of the test run: started, frozen, ended and started again on the same port and data.

import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from './free-port.js';
import { endWithRun, newFolder } from './run-folder.js';
import type { ServerRecipe } from './server-recipes.js';

const START_TIMEOUT_MS = 30_000;

/** PostgreSQL serves each connection from a child process, which a signal to the parent does not reach. */
function childrenOf(pid: number): readonly number[] {
  try {
    const children =
      process.platform === 'linux'
        ? readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
        : execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' });
    return children.split(/\s+/).filter(Boolean).map(Number);
  } catch {
    return []; // It has none, or has ended.
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

/** By what makes it: data that no server has had yet. */
const patterns = new Map<ServerRecipe['prepare'], Promise<string>>();

async function makePattern(name: string, { prepare }: ServerRecipe): Promise<string> {
  const folder = newFolder(name);
  await prepare(folder);
  return folder;
}

/** A folder with fresh data: made once, and copied with its owner, for databases take seconds to make it. */
async function freshFolder(name: string, recipe: ServerRecipe): Promise<string> {
  const pattern = patterns.get(recipe.prepare) ?? makePattern(name, recipe);
  patterns.set(recipe.prepare, pattern);
  const folder = newFolder(name);
  await promisify(execFile)('cp', ['-a', `${await pattern}/.`, folder]);
  return folder;
}

export class OwnServer {
  readonly #recipe: ServerRecipe;
  readonly #folder: string;
  readonly #port: number;
  #child: ChildProcess | undefined;

  private constructor(recipe: ServerRecipe, folder: string, port: number) {
    this.#recipe = recipe;
    this.#folder = folder;
    this.#port = port;
  }

  /** A server that is up, with fresh data on a free port. */
  static async create(name: string, recipe: ServerRecipe): Promise<OwnServer> {
    const [port, folder] = await Promise.all([freePort(), freshFolder(name, recipe)]);
    const server = new OwnServer(recipe, folder, port);
    await server.start();
    return server;
  }

  get url(): string {
    return this.#recipe.url(this.#port);
  }

  /** Starts the server on its port and data, and waits until it answers. */
  async start(): Promise<void> {
    const { program, args, owner } = this.#recipe.command(this.#folder, this.#port);
    const log = openSync(join(this.#folder, 'server.log'), 'a');
    // A session of its own: Ctrl-C at the terminal ends the tests, and they end the server.
    const child = spawn(program, args, { cwd: this.#folder, detached: true, stdio: ['ignore', log, log], ...owner });
    closeSync(log);
    child.unref();
    this.#child = child;
    endWithRun(child, this.#recipe.endSignal);
    const failure = await this.#answered(child);
    if (failure !== undefined) throw new Error(`${program} did not start: ${this.#logTail()}`, { cause: failure });
  }

  /** Ends the server at once, as a crash would. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || hasEnded(child)) return;
    child.ref();
    const ended = once(child, 'exit');
    child.kill(this.#recipe.endSignal);
    this.resume();
    await ended;
  }

  /** Freezes the server: connections stay open, and nothing answers. */
  pause(): void {
    const pid = this.#runningPid();
    send(pid, 'SIGSTOP'); // The parent first, so that no child is born meanwhile.
    for (const child of childrenOf(pid)) send(child, 'SIGSTOP');
  }

  /** Lets a frozen server go on. */
  resume(): void {
    const pid = this.#runningPid();
    for (const each of [...childrenOf(pid), pid]) send(each, 'SIGCONT');
  }

  #runningPid(): number {
    if (this.#child?.pid === undefined || hasEnded(this.#child)) throw new Error('The server is not running');
    return this.#child.pid;
  }

  /** What went wrong, or `undefined` once the server answers. */
  async #answered(child: ChildProcess): Promise<unknown> {
    let failure: unknown = new Error('It ended at once');
    child.once('error', (error) => {
      failure = error;
    });
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (Date.now() < deadline && !hasEnded(child)) {
      try {
        await this.#recipe.ping(this.url);
        return undefined;
      } catch (error) {
        failure = error;
        await setTimeout(30);
      }
    }
    return failure;
  }

  #logTail(): string {
    return readFileSync(join(this.#folder, 'server.log'), 'utf8').slice(-1500);
  }
}

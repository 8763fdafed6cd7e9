// A database or Redis that suites share: given by its URL, started from the machine's programs, or missing.

import { findProgram } from './find-program.js';
import { OwnServer } from './own-server.js';
import type { ServerRecipe } from './server-recipes.js';

export class Service {
  readonly name: string;
  readonly #recipe: ServerRecipe;
  readonly #variable: string;
  #requested = false;
  #own: Promise<OwnServer> | undefined;

  /** @param variable the environment variable that may give a server's URL */
  constructor(name: string, recipe: ServerRecipe, variable: string) {
    this.name = name;
    this.#recipe = recipe;
    this.#variable = variable;
  }

  get #given(): string | undefined {
    return process.env[this.#variable] || undefined;
  }

  /** Why suites cannot have it; `undefined` when they can. */
  get missing(): string | undefined {
    const absent = this.#recipe.programs.filter((program) => findProgram(program) === undefined);
    return this.#given !== undefined || absent.length === 0
      ? undefined
      : `${this.name}: ${absent.join(', ')} not found and ${this.#variable} not set`;
  }

  /** False when the server was given by its URL: then it is not ours to stop or freeze. */
  get isOwn(): boolean {
    return this.#given === undefined;
  }

  /** Says while suites are being loaded that one of them will want it. */
  request(): void {
    this.#requested = true;
  }

  /** Starts it if a suite asked for it. */
  async startIfRequested(): Promise<void> {
    if (this.#requested) await this.url();
  }

  /** Names the server to the workers of a parallel run, which inherit the environment; it stays this process's to end. */
  async handDown(): Promise<void> {
    if (this.#requested) process.env[this.#variable] = await this.url();
  }

  /** The server's URL, without a database; starts the server if nothing did so before. */
  async url(): Promise<string> {
    return this.#given ?? (await this.#server()).url;
  }

  /** Ends the server at once, as a crash would; it comes back by `start` with what was committed (Redis: empty). */
  async stop(): Promise<void> {
    await (await this.#server()).stop();
  }

  /** Brings a stopped server back, on the same port. */
  async start(): Promise<void> {
    await (await this.#server()).start();
  }

  /** Freezes the server: connections stay open, and nothing answers. */
  async pause(): Promise<void> {
    (await this.#server()).pause();
  }

  /** Lets a frozen server go on. */
  async resume(): Promise<void> {
    (await this.#server()).resume();
  }

  /** Ends the server if it was ever started. */
  async end(): Promise<void> {
    await (await this.#own)?.stop();
  }

  #server(): Promise<OwnServer> {
    if (!this.isOwn) throw new TypeError(`${this.#variable} gives a server that is not the tests' to control`);
    this.#own ??= OwnServer.create(this.name, this.#recipe);
    return this.#own;
  }
}

// What a command takes and returns: it prints nothing itself.

import type { LatchkeyOptions } from '../../plugin/options.js';

/** What is wrong with how the command was called: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Something an operator did wrong or found out of order, in one sentence with what to do: exit code 1. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

export interface Flags {
  readonly json: boolean;
  readonly end: boolean;
  readonly dryRun: boolean;
  /** No further than processes of the version before can go on beside. */
  readonly ahead: boolean;
  /** No provider is asked. */
  readonly offline: boolean;
  readonly user: string | undefined;
  readonly since: string | undefined;
  readonly limit: string | undefined;
}

export interface CommandInput {
  /** What stands behind the command's name. */
  readonly words: readonly string[];
  readonly flags: Flags;
  /** The host's options, or those of the environment; opened when first asked for. */
  options(): Promise<LatchkeyOptions>;
  /** Says how far it is, beside the answer: on standard error. */
  progress(line: string): void;
}

export interface CommandAnswer {
  readonly lines: readonly string[];
  /** 1: something was found out of order. Default 0. */
  readonly code?: 0 | 1;
}

export interface Command {
  readonly usage: string;
  readonly about: string;
  /** The names of its flags besides `--config`. */
  readonly takes: readonly (keyof Flags)[];
  /** How many words it takes, at least and at most. */
  readonly words: readonly [number, number];
  run(input: CommandInput): Promise<CommandAnswer>;
}

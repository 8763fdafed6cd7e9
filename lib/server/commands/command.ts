// What a command takes and returns: it prints nothing itself.

import type { LatchkeyOptions } from '../../plugin/options.js';

/** Wrong usage of the command: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A mistake of the operator, or something that is wrong, in one sentence that says what to do: exit code 1. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

export interface Flags {
  readonly json: boolean;
  readonly end: boolean;
  readonly dryRun: boolean;
  /** Only the steps that can run while processes of the previous version serve. */
  readonly ahead: boolean;
  /** No provider is asked. */
  readonly offline: boolean;
  readonly user: string | undefined;
  readonly since: string | undefined;
  readonly limit: string | undefined;
}

export interface CommandInput {
  /** The words after the command's name. */
  readonly words: readonly string[];
  readonly flags: Flags;
  /** The host's options, or those of the environment; opened when they are first needed. */
  options(): Promise<LatchkeyOptions>;
  /** Reports progress on standard error, apart from the answer. */
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

// One envelope: how a success and a failure look on the wire.

import type { FailureCode, LatchkeyError } from '../accounts/errors.js';

export interface WireAnswer {
  /** The HTTP status. */
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface FailureContext {
  /** A UUID. */
  readonly correlationId: string;
  /** Failures carry their internal text; never in production. */
  readonly debug: boolean;
}

export interface Dialect {
  readonly name: 'cloudreve' | 'biore' | 'genauth' | 'browser';
  /** `undefined`: the answer has no data. */
  success(data?: unknown): WireAnswer;
  failure(error: LatchkeyError, context: FailureContext): WireAnswer;
}

/** Total over the catalogue: a new failure does not compile until every dialect names it. */
export type CodeMap<T> = Readonly<Record<FailureCode, T>>;

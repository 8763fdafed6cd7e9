// How a flow ends for Passport, the same for every kind of strategy.

import { LatchkeyError } from '../accounts/errors.js';

/** What Passport adds to a strategy for one request. */
export interface StrategyEnds {
  success(user: object, info?: object): void;
  fail(challenge?: unknown, status?: number): void;
  error(error: unknown): void;
}

/** That the person said no, or that nobody knows the flow, is an answer; anything else that goes wrong is an error. */
export function endWith(ends: StrategyEnds, thrown: unknown): void {
  const isAnswer = thrown instanceof LatchkeyError && (thrown.code === 'denied' || thrown.code === 'flow_expired');
  if (isAnswer) ends.fail(thrown, 403);
  else ends.error(thrown);
}

export interface VerifyCall {
  readonly ends: StrategyEnds;
  /** The host's. */
  readonly verify: (...args: never[]) => unknown;
  /** All but `done`. */
  readonly args: readonly unknown[];
  /** What the app gave as `state` when the flow began: it comes back as `info.state`. */
  readonly state: unknown;
}

/** Calls the app's `verify`, which says by `done` who came. One that is async rejects to nobody but us, and would end the process. */
export function callVerify({ ends, verify, args, state }: VerifyCall): void {
  let isDone = false;
  const done = (error?: unknown, user?: object | false | null, info?: object) => {
    if (isDone) return;
    isDone = true;
    if (error) ends.error(error);
    else if (!user) ends.fail(info);
    else ends.success(user, state === undefined ? info : { ...info, state });
  };
  const call = async () => await Reflect.apply(verify, undefined, [...args, done]);
  // As the family has it: also what Passport's own end throws goes to the app's error handler.
  call().catch((error: unknown) => ends.error(error ?? new Error('verify failed')));
}

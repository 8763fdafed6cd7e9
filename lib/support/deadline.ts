// Deadlines: for one piece of work, which fails when its time is over, and for all waiting for the database in one request.

import { AsyncLocalStorage } from 'node:async_hooks';

export interface Late {
  /** What it fails with, made when the time is over. Default: a plain error that says how long it was. */
  readonly error?: () => Error;
  /** The wait alone keeps the process alive. Default true. */
  readonly holds?: boolean;
}

/**
 * Waits for `work` for at most `ms` milliseconds. What goes on then is nobody's any more, and its failure is nobody's either.
 * @throws Error when the time is over, or what the work throws
 */
export async function inTime<T>(ms: number, work: () => T | Promise<T>, { error, holds = true }: Late = {}): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(error?.() ?? new Error(`no answer within ${ms} ms`)), ms);
    if (!holds) timer.unref();
  });
  try {
    return await Promise.race([work(), overdue]);
  } finally {
    clearTimeout(timer);
  }
}

/** The same for work that can be called off: the signal fires at the end in any case, so that no download outlives its caller. */
export async function withDeadline<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  try {
    return await inTime(ms, () => work(controller.signal));
  } finally {
    controller.abort();
  }
}

/** For the database in all of one request, however many units of work it takes. Milliseconds; below the 5 s that a person is promised, for what else a request has to do. */
const BUDGET_MS = 4_200;

export interface RequestBudget {
  /** Milliseconds that are left; not above 0 when it is used up. */
  left(): number;
  /** Counts from now on, until the answer is called; what runs at the same time counts once. */
  start(): () => void;
}

function createBudget(): RequestBudget {
  let spent = 0;
  let running = 0;
  let since = 0;
  const waiting = () => (running === 0 ? 0 : performance.now() - since);
  return {
    left: () => BUDGET_MS - spent - waiting(),
    start() {
      if (running === 0) since = performance.now();
      running += 1;
      return () => {
        spent += running === 1 ? waiting() : 0;
        running -= 1;
      };
    },
  };
}

const budgets = new AsyncLocalStorage<RequestBudget>();

/** Runs the rest of a request on a budget of its own. */
export function onBudget(next: () => void): void {
  budgets.run(createBudget(), next);
}

/** Runs what goes on by itself, after the request and without it. */
export function offBudget<T>(work: () => T): T {
  return budgets.exit(work);
}

/** That of the request under way; undefined outside of any. */
export function currentBudget(): RequestBudget | undefined {
  return budgets.getStore();
}

// How long one request may wait for the database in all, however many units of work it takes.

import { AsyncLocalStorage } from 'node:async_hooks';

/** Milliseconds; below the 5 s that a person is promised, for what else a request has to do. */
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

// Whether this is a worker of a parallel run: it is given file after file, and what modules keep is there for all of them.

/** Mocha counts its workers. */
const id = process.env.MOCHA_WORKER_ID;

export const isWorker = id !== undefined;

/** 0 in a run that is not parallel. */
export const workerNumber = Number(id ?? 0);

/** Of the process: mocha requires its reporter and imports the tests, and each has a module of its own from that. */
const KEPT = Symbol.for('express-latchkey.test.kept');
const counters = globalThis as { [KEPT]?: number };

/** How much was kept so far. */
export const keptOpen = (): number => counters[KEPT] ?? 0;

/** Says that something was started which the worker's later files will want, too: it ends with the worker. */
export function keepForLaterFiles(): void {
  counters[KEPT] = keptOpen() + 1;
}

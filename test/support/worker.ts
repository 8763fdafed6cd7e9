// Whether this is a worker of a parallel run: it is given file after file, and what modules keep is there for all of them.

/** Mocha counts its workers. */
const id = process.env.MOCHA_WORKER_ID;

export const isWorker = id !== undefined;

/** 0 in a run that is not parallel. */
export const workerNumber = Number(id ?? 0);

let kept = 0;

/** Says that something was started which the worker's later files will want, too: it ends with the worker. */
export function keepForLaterFiles(): void {
  kept += 1;
}

/** How much was kept so far. */
export const keptOpen = () => kept;

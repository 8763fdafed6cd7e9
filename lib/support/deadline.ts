// One deadline around a piece of work: over time it fails, whatever the work is waiting for.

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

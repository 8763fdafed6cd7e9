// One deadline around a piece of work: over time it fails, whatever the work is waiting for.

/**
 * Runs `work` for at most `ms` milliseconds. The signal fires at the end in any case, so that no download outlives its caller.
 * @throws Error when the time is over, or what the work throws
 */
export async function withDeadline<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work(controller.signal), overdue]);
  } finally {
    clearTimeout(timer);
    controller.abort();
  }
}

// One attempt at a time, whose result is shared by all who ask for it meanwhile.

/**
 * Gives the result of the attempt under way, else starts one. Who joined one that fails starts another:
 * it began before they asked, so its trouble may be over.
 */
export function shareAttempts<T>(attempt: () => Promise<T>): () => Promise<T> {
  let pending: Promise<T> | undefined;

  function begin(): Promise<T> {
    pending ??= attempt().finally(() => {
      pending = undefined;
    });
    return pending;
  }

  return async () => {
    if (pending === undefined) return begin();
    try {
      return await pending;
    } catch {
      return begin();
    }
  };
}

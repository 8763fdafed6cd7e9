// So many at once, each taking the next piece of work.

export interface Load {
  /** Of each, sorted; milliseconds. */
  readonly latencies: readonly number[];
  readonly wallMs: number;
}

export async function underLoad<T>(items: readonly T[], clients: number, work: (item: T) => Promise<void>): Promise<Load> {
  const latencies: number[] = [];
  let next = 0;
  const began = performance.now();
  const client = async () => {
    for (let index = next++; index < items.length; index = next++) {
      const start = performance.now();
      await work(items[index] as T);
      latencies.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { latencies: latencies.sort((a, b) => a - b), wallMs: performance.now() - began };
}

export const quantile = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
export const median = (numbers: readonly number[]) =>
  quantile(
    numbers.toSorted((a, b) => a - b),
    0.5,
  );

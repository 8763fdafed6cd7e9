// The interface for values that may be read once: flows and one-time links.

/** Keeps small JSON records until they are taken or their time is over. */
export interface OneTimeStore {
  /**
   * Keeps a record.
   * @param key unguessable, at most 64 characters
   * @param record plain JSON, at most 4 KiB
   * @param ttlMs life in milliseconds
   */
  put(key: string, record: unknown, ttlMs: number): Promise<void>;
  /** Reads without using it up; `undefined` when unknown, taken or too old. */
  peek(key: string): Promise<unknown>;
  /**
   * Reads and removes in one step: of any number of simultaneous callers, in any number of processes, one gets the record.
   * `undefined` when unknown, taken or too old.
   */
  take(key: string): Promise<unknown>;
  /**
   * Puts `record` in the place of what is kept, for what is left of its life, and gives that back, in one step: of simultaneous
   * callers each gets another record. Keeps nothing and gives `undefined` where there is nothing.
   */
  exchange(key: string, record: unknown): Promise<unknown>;
  /**
   * Keeps a record where there is none: true for one of any number of simultaneous callers, in any number of processes, until its
   * life is over.
   */
  putNew(key: string, record: unknown, ttlMs: number): Promise<boolean>;
  /** Removes a record that was looked at: true for one of any number of callers, as with `take`. */
  claim(key: string): Promise<boolean>;
}

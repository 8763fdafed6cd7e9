// Turns at hashing passwords, which is slow: few run at once, so that the process can do other work, and every client has a queue of its
// own.

import { LatchkeyError } from './errors.js';

/** Hashing, SQLite and look-ups of names share the four threads of libuv's pool. */
const AT_ONCE = 2;
/** Some seconds of work: whoever came later would not wait for it. */
const MAX_WAITING = 256;
/** Seconds. */
const COME_BACK_AFTER = 5;

export interface Turns {
  /**
   * Runs `work` when its turn comes. The lines take turns, and of one line nothing runs beside anything else of it.
   * @throws LatchkeyError `rate_limited` when too much waits (the longest line gives way), `unavailable` after the end
   */
  take<T>(line: string, work: () => Promise<T>): Promise<T>;
  /** Sends away what waits. */
  end(): void;
}

interface Waiting {
  start(): Promise<void>;
  sendAway(reason: LatchkeyError): void;
}

const isOver = () => new LatchkeyError('unavailable', { detail: 'passwords: the process is ending' });
const tooMany = () => new LatchkeyError('rate_limited', { detail: 'too many passwords are waiting', retryAfter: COME_BACK_AFTER });

export function createTurns(): Turns {
  /** In the order of their turns; none is empty. */
  const lines = new Map<string, Waiting[]>();
  const running = new Set<string>();
  let ended = false;

  const waiting = () => [...lines.values()].reduce((count, all) => count + all.length, 0);

  /** Takes the next of a line, which goes behind the others. */
  function shift(line: string, all: Waiting[]): Waiting | undefined {
    const first = all.shift();
    lines.delete(line);
    if (all.length > 0) lines.set(line, all);
    return first;
  }

  function goOn(): void {
    for (const [line, all] of lines) {
      if (running.size >= AT_ONCE) return;
      if (running.has(line)) continue;
      running.add(line);
      void shift(line, all)
        ?.start()
        .finally(() => {
          running.delete(line);
          goOn();
        });
    }
  }

  /** @throws LatchkeyError `rate_limited` where no line is longer than the one that the newcomer would stand in */
  function makeRoom(newcomers: string): void {
    const own = lines.get(newcomers)?.length ?? 0;
    const [longest, all] = [...lines].reduce((one, other) => (other[1].length > one[1].length ? other : one));
    if (all.length <= own + 1) throw tooMany();
    all.pop()?.sendAway(tooMany());
    if (all.length === 0) lines.delete(longest);
  }

  return {
    async take(line, work) {
      if (ended) throw isOver();
      if (waiting() >= MAX_WAITING) makeRoom(line);
      return await new Promise((resolve, reject) => {
        const all = lines.get(line) ?? [];
        lines.set(line, all);
        const start = async () => resolve(await work());
        all.push({ start: () => start().catch(reject), sendAway: reject });
        goOn();
      });
    },
    end() {
      ended = true;
      for (const { sendAway } of [...lines.values()].flat()) sendAway(isOver());
      lines.clear();
    },
  };
}

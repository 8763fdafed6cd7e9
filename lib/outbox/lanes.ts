// How many deliveries run at once: those that make progress and those that hang are counted separately, in total and for each destination.

/** Deliveries that have begun a moment ago. */
const BRISK = { inAll: 8, perHost: 4 } as const;
/** All of them, with those that hang. */
const TOGETHER = { inAll: 48, perHost: 16 } as const;

/** From when on a delivery hangs and makes room for others, in milliseconds. */
const SLOW_AFTER_MS = 1_000;

interface Count {
  brisk: number;
  together: number;
}

export interface Lanes {
  /** How many deliveries may begin now, whatever their destinations. */
  room(): number;
  /** Says of each destination in turn whether one more to it may begin, and counts on it that it does: for one claim. */
  quota(): (host: string) => boolean;
  /**
   * Counts a delivery that has begun.
   * @param onRoom called when it hangs, so that others may begin
   * @returns to be called when it has ended
   */
  enter(host: string, onRoom: () => void): () => void;
}

export function createLanes(): Lanes {
  const all: Count = { brisk: 0, together: 0 };
  const hosts = new Map<string, Count>();
  const countOf = (host: string): Count => hosts.get(host) ?? { brisk: 0, together: 0 };

  function change(host: string, brisk: number, together: number): void {
    const count = countOf(host);
    for (const each of [all, count]) {
      each.brisk += brisk;
      each.together += together;
    }
    if (count.together === 0) hosts.delete(host);
    else hosts.set(host, count);
  }

  return {
    room: () => Math.max(0, Math.min(BRISK.inAll - all.brisk, TOGETHER.inAll - all.together)),
    quota() {
      const taken = new Map<string, number>();
      return (host) => {
        const { brisk, together } = countOf(host);
        const begun = taken.get(host) ?? 0;
        if (brisk + begun >= BRISK.perHost || together + begun >= TOGETHER.perHost) return false;
        taken.set(host, begun + 1);
        return true;
      };
    },
    enter(host, onRoom) {
      let hangs = false;
      change(host, 1, 1);
      const timer = setTimeout(() => {
        hangs = true;
        change(host, -1, 0);
        onRoom();
      }, SLOW_AFTER_MS).unref();
      return () => {
        clearTimeout(timer);
        change(host, hangs ? 0 : -1, -1);
      };
    },
  };
}

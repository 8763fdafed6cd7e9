// The faults of the chaos suite: each begins, lasts as long as it is told, and is over when it resolves.

import { setTimeout as pause } from 'node:timers/promises';
import type { Chance } from './chance.js';
import type { ChaosDatabase } from './chaos-database.js';
import type { Lane } from './chaos-lane.js';
import type { FaultProxy } from './fault-proxy.js';

/** @returns how often it struck */
type Fault = (ms: number) => Promise<number>;

async function during(ms: number, begin: () => unknown, end: () => unknown): Promise<number> {
  await begin();
  await pause(ms).finally(end);
  return 1;
}

/** By name. One process is killed at a time, and only while another one serves. */
export function faultsOf(lanes: readonly Lane[], database: ChaosDatabase, chance: Chance): Readonly<Record<string, Fault>> {
  /** Of one process, or of all. */
  const struck = (part: 'database' | 'redis'): readonly FaultProxy[] =>
    (chance.below(3) === 0 ? lanes : [chance.pick(lanes)]).map((lane) => lane[part]);
  const network = (part: 'database' | 'redis'): Readonly<Record<string, Fault>> => ({
    [`${part} frozen`]: (ms) => {
      const proxies = struck(part);
      return during(
        ms,
        () => proxies.forEach((proxy) => void proxy.freeze(true)),
        () => proxies.forEach((proxy) => void proxy.freeze(false)),
      );
    },
    [`${part} connections reset`]: async () => {
      for (const proxy of struck(part)) proxy.reset();
      return 1;
    },
    [`${part} refused`]: (ms) => {
      const proxies = struck(part);
      const begin = () => {
        for (const proxy of proxies) {
          proxy.refuse(true);
          proxy.reset();
        }
      };
      return during(ms, begin, () => proxies.forEach((proxy) => void proxy.refuse(false)));
    },
    [`${part} connections lost without a word`]: async () => {
      for (const proxy of struck(part)) proxy.swallow();
      return 1;
    },
  });
  return {
    'process killed': async () => {
      if (lanes.some(({ isUp }) => !isUp)) return 0;
      await chance.pick(lanes).kill();
      return 1;
    },
    ...network('database'),
    ...network('redis'),
    'connections ended by the database': () => database.endConnections(),
    'database read-only': (ms) =>
      during(
        ms,
        () => database.readOnly(true),
        () => database.readOnly(false),
      ),
  };
}

// What is told besides speed: memory of a process and of a flow that is pending, time to start, time to import.

import { execFileSync } from 'node:child_process';
import type { Place } from './databases.js';
import { median, underLoad } from './load.js';
import type { SystemName } from './options.js';
import { BENCH, IMPORTS } from './programs.js';
import { startSystem } from './system.js';

export interface Besides {
  readonly system: SystemName;
  /** From the start of the process to its first answer, milliseconds. */
  readonly readyMs: number;
  /** Of the package in an empty process. */
  readonly importMs: number;
  /** Resident, once it is ready, and after the flows below. Bytes. */
  readonly idleRss: number;
  readonly busyRss: number;
  /** Bytes of each flow that was begun and not ended, in the process, in Redis and in the database. */
  readonly flow: { readonly process: number; readonly redis: number; readonly database: number };
}

const STARTS = 5;
const FLOWS = 5000;

/** The packages themselves, without the time that Node takes to start. */
function importMs(name: SystemName): number {
  const imports = IMPORTS[name].map((specifier) => `await import(${JSON.stringify(specifier)});`).join('');
  const script = `const began = performance.now(); ${imports} console.log(performance.now() - began); process.exit();`;
  const once = () => Number(execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: BENCH, encoding: 'utf8' }));
  return median(Array.from({ length: STARTS }, once));
}

/** On a place that was served before: nothing is migrated any more. */
export async function tellBesides(name: SystemName, place: Place, issuers: readonly [string, string]): Promise<Besides> {
  const starts: number[] = [];
  for (let n = 1; n < STARTS; n += 1) {
    const system = await startSystem(name, place, { issuers });
    starts.push(system.children[0]?.readyMs ?? 0);
    await system.stop();
  }
  const system = await startSystem(name, place, { issuers });
  starts.push(system.children[0]?.readyMs ?? 0);
  const { rss: idleRss } = await system.usage();
  const begin = (count: number) =>
    underLoad(
      Array.from({ length: count }, (_, n) => system.visitor(`flow-${n}`)),
      8,
      (visitor) => system.manners.begin(visitor, 'one'),
    );
  const [child] = system.children;
  const held = async () => (await child?.collected())?.held ?? 0;
  // Programs compile themselves with the first ones.
  await begin(FLOWS / 5);
  const before = [await held(), await place.redisBytes(), await place.bytes()] as const;
  await begin(FLOWS);
  const after = [await held(), await place.redisBytes(), await place.bytes()] as const;
  const { rss: busyRss } = await system.usage();
  await system.stop();
  const each = (index: 0 | 1 | 2) => Math.max(0, Math.round((after[index] - before[index]) / FLOWS));
  return {
    system: name,
    readyMs: median(starts),
    importMs: importMs(name),
    idleRss,
    busyRss,
    flow: { process: each(0), redis: each(1), database: each(2) },
  };
}

// What each call says to database and Redis, heard on the wire between: statements, round trips and commands.

import { FRAME, withoutPolls } from '../../test/support/call-costs.js';
import { tapWire, type WireTap } from '../../test/support/wire-tap.js';
import type { Place } from './databases.js';
import { type Instructions, startInstructions } from './instructions.js';
import { median } from './load.js';
import { OPERATIONS, type Operation, steps } from './operations.js';
import type { SystemName } from './options.js';
import { startSystem } from './system.js';
import type { Visitor } from './visitor.js';

export interface Count {
  readonly operation: Operation;
  readonly system: SystemName;
  readonly statements: number;
  /** BEGIN, COMMIT and settings. */
  readonly frames: number;
  readonly redis: number;
  /** Of the server's process, in its own code; `undefined` where the machine does not count them. */
  readonly instructions: number | undefined;
}

/** The first ones prepare statements. */
const WARM = 2;
const PEOPLE = 5;

async function count(tap: WireTap | undefined): Promise<{ readonly acts: number; readonly frames: number }> {
  const messages = withoutPolls((await tap?.take())?.messages ?? []);
  const texts = messages.filter(({ runs }) => runs).map(({ text }) => text);
  const frames = texts.filter((text) => FRAME.test(text)).length;
  return { acts: texts.length - frames, frames };
}

export async function countCalls(name: SystemName, place: Place, issuers: readonly [string, string]): Promise<readonly Count[]> {
  const database = await tapWire(place.url);
  const redis = place.redisUrl === undefined ? undefined : await tapWire(place.redisUrl);
  const system = await startSystem(name, place, { issuers, urls: { database: database.url, redis: redis?.url } });
  const heard = new Map(OPERATIONS.map((operation) => [operation, [] as Omit<Count, 'operation' | 'system'>[]]));
  const [child] = system.children;
  for (let n = 0; n < PEOPLE; n += 1) {
    const visitor = system.visitor(`counted-${process.pid}-${n}`);
    for (const { operation, who = (all: readonly Visitor[]) => all, before, run } of steps()) {
      const [asking = visitor] = who([visitor]);
      await before?.(asking, system.manners);
      await Promise.all([count(database), count(redis)]);
      const instructions: Instructions | undefined = child === undefined ? undefined : await startInstructions(child.pid);
      await run(asking, system.manners);
      const retired = await instructions?.stop();
      const [{ acts, frames }, commands] = [await count(database), await count(redis)];
      if (n >= WARM)
        heard.get(operation)?.push({ statements: acts, frames, redis: commands.acts + commands.frames, instructions: retired });
    }
  }
  await system.stop();
  await Promise.all([database.close(), redis?.close()]);
  return [...heard].map(([operation, counts]) => {
    const of = (field: (count: Omit<Count, 'operation' | 'system'>) => number) => median(counts.map(field));
    const known = counts.every(({ instructions }) => instructions !== undefined);
    return {
      operation,
      system: name,
      statements: of(({ statements }) => statements),
      frames: of(({ frames }) => frames),
      redis: of((each) => each.redis),
      instructions: known ? of(({ instructions }) => instructions ?? 0) : undefined,
    };
  });
}

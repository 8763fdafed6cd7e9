// One interleaved run: in each round every system does each operation, one right after the other, in turns first and last.

import { median, quantile, underLoad } from './load.js';
import { type Operation, steps } from './operations.js';
import type { SystemName } from './options.js';
import type { System } from './system.js';
import type { Visitor } from './visitor.js';

export interface Sample {
  readonly operation: Operation;
  readonly system: SystemName;
  readonly round: number;
  /** Calls a second. */
  readonly rate: number;
  /** Of the server's process, milliseconds per call. */
  readonly cpu: number;
  /** Tenths of a millisecond, sorted. */
  readonly latencies: readonly number[];
}

export interface RunOptions {
  readonly rounds: number;
  readonly calls: number;
  readonly clients: number;
}

let people = 0;

/** A round before the first one is not counted: programs compile what runs often, pools open. */
export async function runRounds(systems: readonly System[], { rounds, calls, clients }: RunOptions): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const inTurn = round % 2 === 0 ? systems : systems.toReversed();
    const count = round === 0 ? Math.min(calls, 100) : calls;
    const visitors = new Map(
      systems.map((system) => [system, Array.from({ length: count }, () => system.visitor(`p${process.pid}-${++people}`))]),
    );
    for (const { operation, who = (all: readonly Visitor[]) => all, before, run } of steps()) {
      const asking = new Map([...visitors].map(([system, all]) => [system, who(all)]));
      if (before !== undefined)
        for (const system of inTurn) await underLoad(asking.get(system) ?? [], clients, (visitor) => before(visitor, system.manners));
      for (const system of inTurn) {
        const { cpuMs } = await system.usage();
        const load = await underLoad(asking.get(system) ?? [], clients, (visitor) => run(visitor, system.manners));
        const cpu = ((await system.usage()).cpuMs - cpuMs) / count;
        if (round === 0) continue;
        const latencies = load.latencies.map((ms) => Math.round(ms * 10));
        samples.push({ operation, system: system.name, round, rate: (count / load.wallMs) * 1000, cpu, latencies });
      }
    }
  }
  return samples;
}

export interface Figures {
  readonly rate: number;
  readonly cpu: number;
  readonly p50: number;
  readonly p99: number;
}

/** Medians over the rounds; latencies in milliseconds. */
export function figuresOf(samples: readonly Sample[], operation: Operation, system: SystemName): Figures | undefined {
  const own = samples.filter((sample) => sample.operation === operation && sample.system === system);
  if (own.length === 0) return undefined;
  const of = (field: (sample: Sample) => number) => median(own.map(field));
  return {
    rate: of(({ rate }) => rate),
    cpu: of(({ cpu }) => cpu),
    p50: of(({ latencies }) => quantile(latencies, 0.5) / 10),
    p99: of(({ latencies }) => quantile(latencies, 0.99) / 10),
  };
}

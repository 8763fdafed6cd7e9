// What a comparison runs: the options of the command, with what stands for those that are not given.

import { parseArgs } from 'node:util';

export type SystemName = 'latchkey' | 'better-auth' | 'floor';
export type DatabaseName = 'mariadb' | 'sqlite' | 'postgres';

export interface CompareOptions {
  readonly systems: readonly SystemName[];
  readonly databases: readonly DatabaseName[];
  /** How many ask at once. */
  readonly clients: readonly number[];
  /** How many links there are before anybody comes. */
  readonly links: readonly number[];
  readonly rounds: number;
  /** Of each operation, in each round. */
  readonly calls: number;
  /** Processes of ours that serve together. */
  readonly processes: number;
  /** Whether statements, memory, start and import are told, too. */
  readonly besides: boolean;
  readonly build: boolean;
  /** Where results go; `undefined`: nowhere. */
  readonly out: string | undefined;
}

export const USAGE = `npm run --prefix bench compare -- [options]

  --quick               about a minute: MariaDB, 8 clients, 2 rounds of 60 calls, and nothing written
  --systems LIST        latchkey,better-auth,floor
  --databases LIST      mariadb,sqlite,postgres (PostgreSQL: ours alone)
  --clients LIST        1,8,32
  --links LIST          1000; of 1000,100000,1000000
  --rounds N            4
  --calls N             200, of each operation in each round
  --processes N         1; processes of ours that serve together
  --no-besides          leave out statements, memory, start and import
  --no-build            the project is built already
  --out FOLDER          bench/results
`;

const list = (text: string) => text.split(',').filter(Boolean);

/** @throws Error that names what is not understood */
export function readOptions(): CompareOptions | undefined {
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      help: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      systems: { type: 'string', default: 'latchkey,better-auth,floor' },
      databases: { type: 'string' },
      clients: { type: 'string' },
      links: { type: 'string', default: '1000' },
      rounds: { type: 'string' },
      calls: { type: 'string' },
      processes: { type: 'string', default: '1' },
      besides: { type: 'boolean' },
      build: { type: 'boolean', default: true },
      out: { type: 'string' },
    },
  });
  if (values.help) return undefined;
  const { quick } = values;
  const or = (given: string | undefined, ofQuick: string, otherwise: string) => given ?? (quick ? ofQuick : otherwise);
  return {
    systems: list(values.systems) as SystemName[],
    databases: list(or(values.databases, 'mariadb', 'mariadb,sqlite,postgres')) as DatabaseName[],
    clients: list(or(values.clients, '8', '1,8,32')).map(Number),
    links: list(values.links).map(Number),
    rounds: Number(or(values.rounds, '2', '4')),
    calls: Number(or(values.calls, '60', '200')),
    processes: Number(values.processes),
    besides: values.besides ?? !quick,
    build: values.build,
    out: values.out ?? (quick ? undefined : 'results'),
  };
}

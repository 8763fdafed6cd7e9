// What is kept of a run: figures with the machine, every raw sample, a table and a chart.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Besides } from './besides.js';
import { drawChart } from './chart.js';
import type { Count } from './counted.js';
import type { Machine } from './machine.js';
import { OPERATIONS } from './operations.js';
import type { SystemName } from './options.js';
import { BENCH } from './programs.js';
import { figuresOf } from './rounds.js';
import { PLACES, type Setting, TITLES, titleOf } from './setting.js';

export interface Outcome {
  /** UTC. */
  readonly date: string;
  readonly command: string;
  readonly machine: Machine;
  readonly settings: readonly Setting[];
  readonly counts: readonly Count[];
  readonly besides: readonly Besides[];
}

const row = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
const head = (cells: readonly string[]) =>
  `${row(cells)}\n|---|${cells
    .slice(1)
    .map(() => '---:|')
    .join('')}`;
const ratio = (a: number | undefined, b: number | undefined) => (a === undefined || b === undefined ? '–' : (a / b).toFixed(2));

/** Calls a second, ratios, latencies and CPU. */
export function settingTable(setting: Setting): string {
  const { samples } = setting;
  const names = (['latchkey', 'better-auth', 'floor'] as const).filter((name) => samples.some(({ system }) => system === name));
  const others = names.filter((name) => name !== 'latchkey');
  const columns = [
    'operation',
    ...names.map((name) => `${TITLES[name]} /s`),
    ...others.map((name) => `to ${TITLES[name]}`),
    ...names.map((name) => `${TITLES[name]} p50, p99 ms`),
    ...names.map((name) => `${TITLES[name]} CPU ms`),
  ];
  const rows = OPERATIONS.map((operation) => {
    const figures = names.map((name) => figuresOf(samples, operation, name));
    const own = figuresOf(samples, operation, 'latchkey');
    return row([
      operation,
      ...figures.map((each) => each?.rate.toFixed(0) ?? '–'),
      ...others.map((name) => ratio(own?.rate, figuresOf(samples, operation, name)?.rate)),
      ...figures.map((each) => (each === undefined ? '–' : `${each.p50.toFixed(1)}, ${each.p99.toFixed(1)}`)),
      ...figures.map((each) => each?.cpu.toFixed(2) ?? '–'),
    ]);
  });
  return `### ${titleOf(setting)}\n\n${head(columns)}\n${rows.join('\n')}\n`;
}

function countTable(counts: readonly Count[]): string {
  const names = [...new Set(counts.map(({ system }) => system))];
  const hasInstructions = counts.some(({ instructions }) => instructions !== undefined);
  const cellOf = (operation: string, name: SystemName) => {
    const count = counts.find((each) => each.operation === operation && each.system === name);
    if (count === undefined) return '–';
    const { statements, frames, redis, instructions } = count;
    const retired = hasInstructions ? `, ${instructions === undefined ? '–' : (instructions / 1e6).toFixed(1)} M` : '';
    return `${statements} + ${frames}, ${redis}${retired}`;
  };
  const rows = OPERATIONS.map((operation) => row([operation, ...names.map((name) => cellOf(operation, name))]));
  const what = `SQL statements + those that frame a transaction, commands of Redis${hasInstructions ? ', instructions of the process' : ''}`;
  return `### Each call says\n\n${what}\n\n${head(['operation', ...names.map((name) => TITLES[name])])}\n${rows.join('\n')}\n`;
}

const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(0);

function besidesTable(besides: readonly Besides[]): string {
  const rows = besides.map(({ system, readyMs, importMs, idleRss, busyRss, flow }) =>
    row([
      TITLES[system],
      readyMs.toFixed(0),
      importMs.toFixed(0),
      mebibytes(idleRss),
      mebibytes(busyRss),
      flow.process,
      flow.redis,
      flow.database,
    ]),
  );
  const columns = [
    '',
    'start to ready ms',
    'import ms',
    'MiB when ready',
    'MiB after 6,000 flows',
    'bytes a pending flow: process',
    'Redis',
    'database',
  ];
  return `### A process\n\n${head(columns)}\n${rows.join('\n')}\n`;
}

function startTable(settings: readonly Setting[]): string {
  const rows = settings
    .filter(({ links, database }, index) => settings.findIndex((other) => other.links === links && other.database === database) === index)
    .map(({ database, links, ready }) =>
      row([PLACES[database], links.toLocaleString('en'), ready.latchkey ?? '–', ready['better-auth'] ?? '–', ready.floor ?? '–']),
    );
  return `### Start to ready, ms, once\n\n${head(['database', 'links', 'Latchkey', 'Better Auth', 'floor'])}\n${rows.join('\n')}\n`;
}

function pageOf({ date, command, machine, settings, counts, besides }: Outcome): string {
  const { cpu, cores, memoryGiB, system, loadBefore, versions } = machine;
  const told = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    '# Results',
    `\`npm run --prefix bench compare -- ${command}\`, ${date} UTC, on ${cores} × ${cpu}, ${memoryGiB} GiB, ${system}; load ${loadBefore} before it began. ${told.join(', ')}.`,
    'Medians over the rounds of one interleaved run; figures of two runs do not compare. Clients, provider, databases and servers share these cores.',
    '![Calls a second](chart.svg)',
    ...settings.map(settingTable),
    ...(counts.length > 0 ? [countTable(counts)] : []),
    ...(besides.length > 0 ? [besidesTable(besides)] : []),
    startTable(settings),
    'Every sample is in `samples.json.gz`: of each round calls a second, CPU ms of the process per call, and every latency in tenths of a millisecond.',
  ].join('\n\n');
}

/** One set of results is kept: the newest. Its folder. */
export async function writeResults(out: string, outcome: Outcome): Promise<string> {
  const folder = resolve(BENCH, out);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const write = (name: string, content: string | Buffer) => writeFileSync(resolve(folder, name), content);
  write('README.md', `${pageOf(outcome)}\n`);
  write('chart.svg', drawChart(outcome.settings));
  write('samples.json.gz', gzipSync(JSON.stringify(outcome.settings), { level: 9 }));
  const figures = outcome.settings.map(({ samples, ...setting }) => ({
    ...setting,
    figures: Object.fromEntries(
      OPERATIONS.map((operation) => [
        operation,
        Object.fromEntries([...new Set(samples.map(({ system }) => system))].map((name) => [name, figuresOf(samples, operation, name)])),
      ]),
    ),
  }));
  write(
    'figures.json',
    `${JSON.stringify({ ...outcome, settings: figures }, (_, value) => (typeof value === 'number' ? Math.round(value * 100) / 100 : value), 1)}\n`,
  );
  return folder;
}

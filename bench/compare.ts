// This project, Better Auth and a floor written by hand, side by side in one interleaved run; `--help` tells the options.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { removeRunFolder } from '../test/support/run-folder.js';
import { tellBesides } from './compare/besides.js';
import { countCalls } from './compare/counted.js';
import { endServers, missingServers, openPlace } from './compare/databases.js';
import { fill } from './compare/fill.js';
import { describeMachine } from './compare/machine.js';
import { type CompareOptions, type DatabaseName, readOptions, type SystemName, USAGE } from './compare/options.js';
import { makePrograms, OPENID_PROVIDER } from './compare/programs.js';
import { type Outcome, settingTable, writeResults } from './compare/results.js';
import { runRounds } from './compare/rounds.js';
import type { Setting } from './compare/setting.js';
import { type System, startSystem } from './compare/system.js';
import { closeConnections } from './compare/visitor.js';

type Issuers = readonly [string, string];

/** PostgreSQL is ours alone: the floor and Better Auth are compared where all three are at home. */
const systemsOn = (database: DatabaseName, systems: readonly SystemName[]) =>
  database === 'postgres' ? systems.filter((name) => name === 'latchkey') : systems;

const note = (text: string) => process.stderr.write(`${text}\n`);

async function compareOn(database: DatabaseName, links: number, options: CompareOptions, issuers: Issuers): Promise<readonly Setting[]> {
  const names = systemsOn(database, options.systems);
  const places = new Map(await Promise.all(names.map(async (name) => [name, await openPlace(database)] as const)));
  const start = async (processes: number): Promise<readonly System[]> => {
    const started: System[] = [];
    for (const [name, place] of places) started.push(await startSystem(name, place, { issuers, processes }));
    return started;
  };
  const filling = await start(1);
  for (const system of filling) {
    note(`${database}: ${links} links for ${system.name}`);
    await fill(system, links);
  }
  await Promise.all(filling.map((system) => system.stop()));
  await closeConnections();

  const systems = await start(options.processes);
  const settings: Setting[] = [];
  for (const clients of options.clients) {
    note(`${database}, ${links} links, ${clients} clients: ${options.rounds} rounds of ${options.calls} calls`);
    const samples = await runRounds(systems, { ...options, clients });
    const ready = Object.fromEntries(systems.map(({ name, children }) => [name, Math.round(children[0]?.readyMs ?? 0)]));
    settings.push({ database, links, clients, processes: options.processes, ready, samples });
    console.log(settingTable(settings.at(-1) as Setting));
  }
  await Promise.all(systems.map((system) => system.stop()));
  await closeConnections();
  await Promise.all([...places.values()].map((place) => place.drop()));
  return settings;
}

/** Each alone, on a place of its own: what runs beside it would be in the way. */
async function besides(options: CompareOptions, issuers: Issuers): Promise<Pick<Outcome, 'counts' | 'besides'>> {
  const database = options.databases.find((name) => name !== 'sqlite');
  if (database === undefined) return { counts: [], besides: [] };
  const told: Outcome['besides'][number][] = [];
  const counts: Outcome['counts'][number][] = [];
  for (const name of systemsOn(database, options.systems)) {
    note(`${name}: statements, memory, start and import`);
    const place = await openPlace(database);
    counts.push(...(await countCalls(name, place, issuers)));
    await closeConnections();
    told.push(await tellBesides(name, place, issuers));
    await closeConnections();
    await place.drop();
  }
  return { counts, besides: told };
}

async function compare(options: CompareOptions): Promise<void> {
  await makePrograms(options.build);
  const provider = fork(OPENID_PROVIDER, { execArgv: [] });
  const [issuers] = (await once(provider, 'message')) as [Issuers];
  try {
    const machine = await describeMachine(options.databases);
    const settings: Setting[] = [];
    for (const database of options.databases)
      for (const links of options.links) settings.push(...(await compareOn(database, links, options, issuers)));
    const { counts, besides: told } = options.besides ? await besides(options, issuers) : { counts: [], besides: [] };
    const outcome = {
      date: new Date().toISOString().slice(0, 16),
      command: process.argv.slice(2).join(' '),
      machine,
      settings,
      counts,
      besides: told,
    };
    if (options.out !== undefined) note(`Written: ${await writeResults(options.out, outcome)}`);
  } finally {
    provider.disconnect();
    await endServers();
    removeRunFolder();
  }
}

try {
  const options = readOptions();
  const missing = options === undefined ? [] : missingServers(options.databases);
  if (options === undefined) console.log(USAGE);
  else if (missing.length > 0) throw new Error(`Missing, or leave it out by --databases:\n  ${missing.join('\n  ')}`);
  else await compare(options);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (process.env.DEBUG) console.error(error);
  process.exitCode = 1;
}

// One of the systems, at work on a database of its own.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../test/support/free-port.js';
import { newFolder } from '../../test/support/run-folder.js';
import { type Child, startChild, type Usage } from './child.js';
import type { Place } from './databases.js';
import { MANNERS, type Manners } from './manners.js';
import type { SystemName } from './options.js';
import { PROGRAMS } from './programs.js';
import { Visitor } from './visitor.js';

export interface System {
  readonly name: SystemName;
  readonly place: Place;
  readonly manners: Manners;
  readonly children: readonly Child[];
  visitor(who: string): Visitor;
  /** Of all its processes together. */
  usage(): Promise<Usage>;
  stop(): Promise<void>;
}

export interface SystemOptions {
  readonly issuers: readonly [string, string];
  readonly processes?: number;
  /** In place of those of the place: where somebody listens in between. */
  readonly urls?: { readonly database: string; readonly redis: string | undefined };
}

const FREE = { limit: 100_000_000, window: '1h' };

/** What the standalone server reads besides its variables. */
function settingsFile([one, two]: readonly [string, string]): string {
  const client = { type: 'oidc', clientId: 'bench', clientSecret: 'bench-secret' };
  const file = join(newFolder('bench'), 'latchkey.json');
  const settings = {
    providers: { one: { ...client, issuer: one }, two: { ...client, issuer: two } },
    rateLimits: { prepare: FREE, finish: FREE, unlink: FREE, refresh: FREE, password: FREE },
  };
  writeFileSync(file, JSON.stringify(settings));
  return file;
}

const added = (usages: readonly Usage[]): Usage => ({
  cpuMs: usages.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
  rss: usages.reduce((sum, { rss }) => sum + rss, 0),
  held: usages.reduce((sum, { held }) => sum + held, 0),
});

export async function startSystem(name: SystemName, place: Place, { issuers, processes = 1, urls }: SystemOptions): Promise<System> {
  const manners = MANNERS[name];
  const ports = await Promise.all(Array.from({ length: name === 'latchkey' ? processes : 1 }, freePort));
  const origins = ports.map((port) => `http://127.0.0.1:${port}`);
  const [base = ''] = origins;
  const redis = urls?.redis ?? place.redisUrl;
  const [one, two] = issuers;
  const env = {
    HOST: '127.0.0.1',
    BASE_URL: base,
    DATABASE_URL: urls?.database ?? place.url,
    ...(redis === undefined ? {} : { REDIS_URL: redis }),
    ISSUERS: JSON.stringify({ one, two }),
    LATCHKEY_SECRET: 'a-secret-for-a-bench-that-is-long-enough-0123456789',
    LATCHKEY_CONFIG: settingsFile(issuers),
    LOG_LEVEL: 'warn',
    DATA_DIR: newFolder('bench-data'),
  };
  const children: Child[] = [];
  // One after the other: the first one makes the tables.
  for (const [index, port] of ports.entries())
    children.push(
      await startChild({ ...PROGRAMS[name], env: { ...env, PORT: String(port) }, readyUrl: `${origins[index]}${manners.ready}` }),
    );
  return {
    name,
    place,
    manners,
    children,
    visitor: (who) => new Visitor(base, origins, who),
    usage: async () => added(await Promise.all(children.map((child) => child.usage()))),
    stop: async () => void (await Promise.all(children.map((child) => child.stop()))),
  };
}

// One database with so many links and so many clients: what was measured there, and what it is called.

import type { DatabaseName, SystemName } from './options.js';
import type { Sample } from './rounds.js';

export interface Setting {
  readonly database: DatabaseName;
  readonly links: number;
  readonly clients: number;
  readonly processes: number;
  /** From the start of each process to its first answer, milliseconds. */
  readonly ready: Readonly<Partial<Record<SystemName, number>>>;
  readonly samples: readonly Sample[];
}

export const TITLES: Readonly<Record<SystemName, string>> = { latchkey: 'Latchkey', 'better-auth': 'Better Auth', floor: 'floor' };
export const PLACES: Readonly<Record<DatabaseName, string>> = {
  mariadb: 'MariaDB and Redis',
  postgres: 'PostgreSQL and Redis',
  sqlite: 'SQLite',
};

export const titleOf = ({ database, links, clients, processes }: Setting) =>
  `${PLACES[database]}, ${links.toLocaleString('en')} links, ${clients} client${clients === 1 ? '' : 's'}${processes === 1 ? '' : `, ${processes} processes of ours`}`;

// The floor's store on SQLite alone.

import Sqlite from 'better-sqlite3';
import { type Provider, type Store, tables } from './floor-store.js';

interface Kept {
  readonly value: string;
}

export function sqliteStore(file: string): Store {
  const database = new Sqlite(file);
  database.pragma('journal_mode = WAL');
  for (const table of tables()) database.exec(table);
  database.exec('CREATE TABLE IF NOT EXISTS brief (id VARCHAR(80) PRIMARY KEY, value TEXT NOT NULL, ends INTEGER NOT NULL)');
  const put = database.prepare('INSERT INTO brief (id, value, ends) VALUES (?, ?, ?)');
  const get = database.prepare<[string, number], Kept>('SELECT value FROM brief WHERE id = ? AND ends > ?');
  const take = database.prepare<[string, number], Kept>('DELETE FROM brief WHERE id = ? AND ends > ? RETURNING value');
  const userOf = database.prepare<[Buffer], { user_id: number }>('SELECT user_id FROM links WHERE identity = ?');
  const addUser = database.prepare('INSERT INTO users (email, name) VALUES (?, ?)');
  const link = database.prepare('INSERT INTO links (user_id, provider, identity) VALUES (?, ?, ?)');
  const links = database.prepare<[number], Provider>('SELECT id, provider FROM links WHERE user_id = ?');
  const unlink = database.prepare('DELETE FROM links WHERE user_id = ? AND provider = ?');
  const audit = database.prepare('INSERT INTO audit (user_id, event) VALUES (?, ?)');
  const mail = database.prepare('INSERT INTO outbox (user_id, message) VALUES (?, ?)');
  // One connection, and nothing waits inside: no lock is needed.
  const remove = database.transaction((user: number, provider: string) => {
    if (links.all(user).length < 2) return false;
    unlink.run(user, provider);
    audit.run(user, 'unlink');
    mail.run(user, 'unlinked');
    return true;
  });
  const parsed = (kept: Kept | undefined) => (kept === undefined ? undefined : JSON.parse(kept.value));
  return {
    put: async (key, value, seconds) => void put.run(key, JSON.stringify(value), Date.now() + seconds * 1000),
    get: async (key) => parsed(get.get(key, Date.now())),
    take: async (key) => parsed(take.get(key, Date.now())),
    userOf: async (identity) => userOf.get(identity)?.user_id,
    addUser: async ({ email, name }) => Number(addUser.run(email, name).lastInsertRowid),
    link: async (user, provider, identity) => void link.run(user, provider, identity),
    links: async (user) => links.all(user),
    unlink: async (user, provider) => remove(user, provider),
  };
}

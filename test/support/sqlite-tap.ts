// What is said to SQLite, which no wire leads to: its driver tells.

import type { EventEmitter } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { installedSqliteDriver } from '../../models/sqlite-driver.js';
import type { Heard, Message, WireTap } from './wire-tap.js';

const QUIET_MS = 20;

/** Hears every connection of this process that is opened from now on, until it is closed. */
export function tapSqlite(url: string): WireTap {
  const driver = installedSqliteDriver() as { Database: new (...args: never[]) => object };
  const { Database } = driver;
  let messages: Message[] = [];
  let last = 0;
  let connections = 0;
  driver.Database = class extends Database {
    constructor(...args: never[]) {
      super(...args);
      connections += 1;
      const connection = connections;
      (this as unknown as EventEmitter).on('trace', (text: string) => {
        last = performance.now();
        messages.push({ text, runs: true, trips: 0, bytes: 0, connection });
      });
    }
  };
  return {
    url,
    async take(): Promise<Heard> {
      while (performance.now() - last < QUIET_MS) await pause(QUIET_MS / 2);
      const heard = { messages, answered: 0 };
      messages = [];
      return heard;
    },
    async close() {
      driver.Database = Database;
    },
  };
}

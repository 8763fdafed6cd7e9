// What is really sent to a database: every statement with its values, as the driver is given it.

import type { Sequelize } from 'sequelize';
import { installedSqliteDriver } from '../../models/sqlite-driver.js';
import { connectAs } from './option-host.js';
import type { DatabaseKind, TestDatabase } from './services.js';

export interface SentStatement {
  readonly sql: string;
  readonly values: readonly unknown[];
}

type Call = (...given: unknown[]) => unknown;

/** By place, or by `$1`, `$2` of Sequelize's. */
function valuesOf(values: unknown): readonly unknown[] {
  if (Array.isArray(values)) return values;
  return typeof values === 'object' && values !== null ? Object.values(values) : [];
}

/** mysql2 takes one object, pg and SQLite a text; the values may stand behind it. */
function statementOf([asked, behind]: readonly unknown[]): SentStatement | undefined {
  const { sql = asked, values = behind } = (typeof asked === 'object' && asked !== null ? asked : {}) as Partial<SentStatement>;
  return typeof sql === 'string' ? { sql, values: valuesOf(values) } : undefined;
}

/** @param methods those that send a statement */
function recording(connection: object, methods: readonly string[], note: (statement: SentStatement) => void): void {
  for (const method of methods) {
    const send = Reflect.get(connection, method) as Call;
    Reflect.set(connection, method, (...given: unknown[]) => {
      const statement = statementOf(given);
      if (statement !== undefined) note(statement);
      return Reflect.apply(send, connection, given);
    });
  }
}

/** @param note called with each statement before it is sent */
export function connectRecorded(kind: DatabaseKind, database: TestDatabase, note: (statement: SentStatement) => void): Sequelize {
  if (kind === 'sqlite') {
    const driver = installedSqliteDriver();
    class Database extends driver.Database {
      constructor(...given: ConstructorParameters<typeof driver.Database>) {
        super(...given);
        recording(this, ['all', 'run'], note);
      }
    }
    const dialectModule = {
      ...driver,
      Database,
      verbose() {
        return this;
      },
    };
    return connectAs(kind, database, { dialectModule });
  }
  const sequelize = connectAs(kind, database);
  sequelize.addHook('afterConnect', ((connection: object) =>
    recording(connection, kind === 'mariadb' ? ['query', 'execute'] : ['query'], note)) as never);
  return sequelize;
}

// Names of tables and columns in hand-written statements, in each dialect's own quotes.

import type { Sequelize } from 'sequelize';
import type { Table } from './define-models.js';

/** Sequelize's types leave its query generator untyped. */
interface QueryGenerator {
  quoteIdentifier(name: string, force?: boolean): string;
  quoteTable(name: unknown): string;
}

export interface Quoting {
  /** As the host's Sequelize writes it: unquoted with `quoteIdentifiers: false`, where PostgreSQL takes it for lower case. */
  column(name: string): string;
  /** A name of ours that comes back as it is written. */
  alias(name: string): string;
  table(model: Table): string;
}

/** By name, for whoever has no model. */
export function quotingNames(sequelize: Sequelize): { column(name: string): string; table(name: string): string } {
  const generator = sequelize.getQueryInterface().queryGenerator as QueryGenerator;
  return { column: (name) => generator.quoteIdentifier(name, true), table: (name) => generator.quoteTable(name) };
}

export function quoting(sequelize: Sequelize): Quoting {
  const generator = sequelize.getQueryInterface().queryGenerator as QueryGenerator;
  return {
    column: (name) => generator.quoteIdentifier(name),
    alias: (name) => generator.quoteIdentifier(name, true),
    table: (model) => generator.quoteTable(model.getTableName()),
  };
}

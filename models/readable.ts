// Columns of bound statements in a form that mysql2 can read, whatever conversion the host has set for its driver.

import { DataTypes, type Sequelize } from 'sequelize';
import type { Table } from './define-models.js';

const keysOf = (types: readonly { readonly key: string }[]): ReadonlySet<unknown> => new Set(types.map(({ key }) => key));

const NUMBERS = [
  DataTypes.SMALLINT,
  DataTypes.MEDIUMINT,
  DataTypes.INTEGER,
  DataTypes.BIGINT,
  DataTypes.FLOAT,
  DataTypes.REAL,
  DataTypes.DOUBLE,
];
/** A function of the host's can ask for these as texts, and often makes something of its own of them. */
const SHORT = [DataTypes.BOOLEAN, DataTypes.TINYINT, DataTypes.DATE, DataTypes.DATEONLY, DataTypes.TIME];

export interface Readable {
  /** An expression whose value has a fixed width, such as a number. */
  number(expression: string): string;
  /** The column of an attribute. */
  column(model: Table, attribute: string, column: string): string;
  /** Every column of a row: `alias.*`, where the driver reads that. */
  all(model: Table, alias: string, quote: (name: string) => string): string;
}

/**
 * With `typeCast: false`, and where a function of the host's asks for a text, mysql2 takes a value of a bound statement's answer for
 * one that its length stands before. Numbers and dates have none, so there they are asked for as texts.
 */
export function readable(sequelize: Sequelize): Readable {
  const { dialectOptions } = (sequelize as unknown as { readonly options: { readonly dialectOptions?: { readonly typeCast?: unknown } } })
    .options;
  const typeCast = sequelize.getDialect() === 'mysql' ? (dialectOptions?.typeCast ?? true) : true;
  const asTexts = typeCast !== true;
  const unreadable = keysOf(typeCast === false ? [...NUMBERS, ...SHORT] : NUMBERS);
  const number = (expression: string) => (asTexts ? `CAST(${expression} AS CHAR)` : expression);
  const column = (model: Table, attribute: string, name: string) => {
    const type = model.getAttributes()[attribute]?.type as { readonly key?: string } | undefined;
    return unreadable.has(type?.key) ? number(name) : name;
  };
  return {
    number,
    column,
    all(model, alias, quote) {
      if (!asTexts) return `${alias}.*`;
      const columns = Object.entries(model.getAttributes()).filter(([, { type }]) => !(type instanceof DataTypes.VIRTUAL));
      return columns
        .map(([attribute, { field = attribute }]) => `${column(model, attribute, `${alias}.${quote(field)}`)} AS ${quote(field)}`)
        .join(', ');
    },
  };
}

// How times are stored and read, so that no setting of the host's driver changes them.

import type { Sequelize } from 'sequelize';
import type { Table } from './define-models.js';

/** Whole milliseconds since 1970, which no database or driver takes for a time. */
export function toMillis(date: Date): number {
  return date.getTime();
}

/**
 * A 64-bit number comes as a number, as text or as bytes, as the driver is set; anything else is no time of ours.
 * @throws TypeError rather than to take a time for another
 */
export function fromMillis(value: unknown): Date {
  const digits = String(value);
  if (!/^\d{1,15}$/.test(digits)) throw new TypeError('The database returned a time that is not a whole number of milliseconds');
  return new Date(Number(digits));
}

/** The time that the database's clock shows, in milliseconds since 1970: an expression for a statement. */
export function databaseNow(sequelize: Sequelize): string {
  switch (sequelize.getDialect()) {
    case 'postgres':
      return 'CAST(FLOOR(EXTRACT(EPOCH FROM clock_timestamp()) * 1000) AS BIGINT)';
    case 'mysql':
      return "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000)";
    default:
      return "CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)";
  }
}

/** For columns of type DATE, whose times are for display: the host's drivers turn them into texts and dates of their own. */
export interface DateColumns {
  /** Selects the column as a text that no driver touches. */
  select(column: string): string;
  /** What was selected so; undefined where nothing is, or no date. */
  parse(value: unknown): Date | undefined;
}

/** A date as Sequelize writes it into the column of an attribute, for statements of our own. */
export function writtenDate(model: Table, attribute: string): (date: Date) => unknown {
  const type = model.getAttributes()[attribute]?.type as unknown as {
    stringify(date: Date, options: { readonly timezone: string }): unknown;
  };
  const { sequelize } = model;
  if (sequelize === undefined) throw new TypeError('The models are defined by now');
  return (date) => type.stringify(date, { timezone: timeZoneOf(sequelize) });
}

/** As the clocks of a zone such as `Asia/Shanghai` show it, in milliseconds since 1970 had it been UTC. */
function shownIn(timeZone: string, at: number): number {
  const shown = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(at);
  return Date.parse(`${shown.replace(' ', 'T')}Z`);
}

/** Reads a text without an offset by the time zone that Sequelize writes dates in: `+08:00`, or a name. */
function instantOf(local: string, timeZone: string): Date {
  if (/^[+-]\d\d:\d\d$/.test(timeZone)) return new Date(`${local}${timeZone}`);
  const shown = Date.parse(`${local}Z`);
  const offsetAt = (at: number) => shownIn(timeZone, at) - Math.floor(at / 1000) * 1000;
  // The offset is that of the moment looked for, which the first guess misses by the offset itself.
  return new Date(shown - offsetAt(shown - offsetAt(shown)));
}

export function timeZoneOf(sequelize: Sequelize): string {
  return (sequelize as unknown as { readonly options: { readonly timezone?: string } }).options.timezone ?? '+00:00';
}

export function dateColumns(sequelize: Sequelize): DateColumns {
  const [dialect, timeZone] = [sequelize.getDialect(), timeZoneOf(sequelize)];

  function read(text: string): Date {
    if (/^-?\d+$/.test(text)) return new Date(Number(text));
    const [, day, time] = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?)$/.exec(text) ?? [];
    return day === undefined ? new Date(text) : instantOf(`${day}T${time}`, timeZone);
  }

  return {
    select(column) {
      if (dialect === 'postgres') return `CAST(FLOOR(EXTRACT(EPOCH FROM ${column}) * 1000) AS BIGINT)`;
      return dialect === 'mysql' ? `CAST(${column} AS CHAR)` : column;
    },
    parse(value) {
      if (value === null || value === undefined) return undefined;
      const date = value instanceof Date ? value : read(String(value));
      return Number.isNaN(date.getTime()) ? undefined : date;
    },
  };
}

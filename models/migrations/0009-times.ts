// Times that decide something become whole milliseconds since 1970, because settings of the host's driver changed how dates were read.

import type { Sequelize } from 'sequelize';
import type { ModelName } from '../tables.js';
import { timeZoneOf } from '../times.js';
import { changeTypes, type TypeChange } from './column-types.js';
import type { Migration } from './migration.js';
import type { MigrationContext } from './migration-context.js';

const required = (name: string) => ({ name, required: true });
const optional = (name: string) => ({ name, required: false });

const TABLES: readonly (readonly [ModelName, Pick<TypeChange, 'columns' | 'indexes'>])[] = [
  [
    'RefreshToken',
    {
      columns: [required('rotated_at'), required('created_at'), required('expires_at'), optional('revoked_at')],
      indexes: [['expires_at']],
    },
  ],
  [
    'OutboxMessage',
    {
      columns: [required('created_at'), required('next_attempt_at'), optional('locked_until'), optional('sent_at')],
      indexes: [['sent_at', 'next_attempt_at']],
    },
  ],
];

interface Conversion {
  readonly millis: Pick<TypeChange, 'type' | 'value'>;
  readonly date: Pick<TypeChange, 'type' | 'value'>;
}

const EPOCH = "'1970-01-01 00:00:00'";

/** On MySQL a date is what the clocks of Sequelize's time zone showed; the other two keep the offset with it. */
function mysql(timeZone: string): Conversion {
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(timeZone) ?? [];
  const offset = sign === undefined ? undefined : Number(`${sign}${Number(hours) * 60 + Number(minutes)}`) * 60_000;
  // CONVERT_TZ ends in 2038 in some versions, so it is asked only where an offset is not enough.
  const named = `'${timeZone.replace(/[^\w/+-]/g, '')}'`;
  const utc = (column: string) => (offset === undefined ? `CONVERT_TZ(${column}, ${named}, '+00:00')` : column);
  const millisOf = (column: string) => `TIMESTAMPDIFF(MICROSECOND, ${EPOCH}, ${utc(column)}) DIV 1000 - (${offset ?? 0})`;
  const dateOf = (column: string) => `DATE_ADD(${EPOCH}, INTERVAL ((${column} + (${offset ?? 0})) * 1000) MICROSECOND)`;
  return {
    millis: { type: 'BIGINT', value: millisOf },
    date: {
      type: 'DATETIME(3)',
      value: (column) => (offset === undefined ? `CONVERT_TZ(${dateOf(column)}, '+00:00', ${named})` : dateOf(column)),
    },
  };
}

function conversionOf(sequelize: Sequelize): Conversion {
  switch (sequelize.getDialect()) {
    case 'mysql':
      return mysql(timeZoneOf(sequelize));
    case 'postgres':
      return {
        millis: { type: 'BIGINT', value: (column) => `CAST(ROUND(EXTRACT(EPOCH FROM ${column}) * 1000) AS BIGINT)` },
        date: { type: 'TIMESTAMP WITH TIME ZONE', value: (column) => `to_timestamp(${column} / 1000.0)` },
      };
    default:
      return {
        millis: { type: 'BIGINT', value: (column) => `CAST(ROUND((julianday(${column}) - 2440587.5) * 86400000) AS INTEGER)` },
        date: {
          type: 'DATETIME',
          value: (column) => `strftime('%Y-%m-%d %H:%M:%f', ${column} / 1000.0, 'unixepoch') || ' +00:00'`,
        },
      };
  }
}

async function change(context: MigrationContext, to: keyof Conversion): Promise<void> {
  const conversion = conversionOf(context.queryInterface.sequelize)[to];
  for (const [model, columns] of TABLES) await changeTypes(context, model, { ...columns, ...conversion });
}

export const times: Migration = {
  name: '0009-times',
  up: (context) => change(context, 'millis'),
  down: (context) => change(context, 'date'),
};

// Removes expired rows, a slice at a time: flows, sessions and mailed links that have expired, mail that was sent or given up long ago, and
// audit rows that are older than the host keeps them.

import type { Sequelize } from 'sequelize';
import { auditRemoval } from './audit-removal.js';
import { boundSql } from './bound-sql.js';
import type { Models } from './define-models.js';
import { GIVEN_UP } from './outbox-repository.js';
import { quoting } from './quoting.js';
import { toMillis } from './times.js';
import type { Transactions } from './transactions.js';

/** Sent messages, and those that were given up, stay this long, in milliseconds, for an operator who wants to know what went out. */
const KEEP_SENT_MS = 30 * 24 * 60 * 60 * 1000;
/** Rows that one statement removes, in a transaction of its own: nobody waits long for their locks. */
const SLICE = 1_000;
/** Of one kind in one turn; what is left then is for the next. */
const SLICES = 100;

export interface PurgeOptions {
  readonly sequelize: Sequelize;
  readonly models: Models;
  readonly transactions: Transactions;
  /** How old audit rows become, in milliseconds; undefined: they are kept for ever. */
  readonly auditRetentionMs: number | undefined;
}

/** @param closing aborted: no further slice is begun */
export type Purge = (now: Date, closing?: AbortSignal) => Promise<void>;

/**
 * The rows at the front of an index alone, which is by `order`. Each dialect has its own way to say so, and the condition is asked of
 * the row that is locked: a session may be prolonged meanwhile.
 */
function deleteSlice(dialect: string, table: string, over: string, order: string): string {
  const first = (address: string) => `SELECT ${address} FROM ${table} WHERE ${over} ORDER BY ${order} LIMIT ${SLICE}`;
  if (dialect === 'postgres') return `DELETE FROM ${table} WHERE ${over} AND ctid = ANY (ARRAY(${first('ctid')}))`;
  if (dialect === 'sqlite') return `DELETE FROM ${table} WHERE rowid IN (${first('rowid')})`;
  return `DELETE FROM ${table} WHERE ${over} ORDER BY ${order} LIMIT ${SLICE}`;
}

export function createPurge({ sequelize, models, transactions, auditRetentionMs }: PurgeOptions): Purge {
  const { write } = boundSql(sequelize);
  const quote = quoting(sequelize);
  const { Flow, CookieSession, RefreshToken, Invitation, AddressProof, OutboxMessage } = models;
  const slice = (model: typeof Flow, over: string, order: string) => deleteSlice(sequelize.getDialect(), quote.table(model), over, order);
  const pastDate = [Flow, CookieSession, RefreshToken, Invitation].map((model) => slice(model, 'expires_at <= $at', 'expires_at'));
  // The one of a sign-up stays: it is what the sign-up is known by until its address is proven.
  const links = slice(AddressProof, "expires_at <= $at AND purpose <> 'sign_up'", 'expires_at');
  const sent = slice(OutboxMessage, 'sent_at <= $at', 'sent_at');
  const givenUp = slice(OutboxMessage, `sent_at IS NULL AND next_attempt_at = ${GIVEN_UP} AND locked_until <= $at`, 'next_attempt_at');
  const removeAudit = auditRemoval({ sequelize, models, transactions, slice: SLICE });

  return async (now, closing) => {
    const [at, keptSince] = [toMillis(now), toMillis(now) - KEEP_SENT_MS];

    /** @param remove one slice. @returns whether it was a full one */
    async function inSlices(remove: () => Promise<boolean>): Promise<void> {
      for (let n = 0; n < SLICES && closing?.aborted !== true; n += 1) if (!(await remove())) return;
    }
    const deleting = (sql: string, before: number) =>
      inSlices(async () => (await transactions.write((transaction) => write(sql, { at: before }, transaction))) === SLICE);

    for (const sql of [...pastDate, links]) await deleting(sql, at);
    for (const sql of [sent, givenUp]) await deleting(sql, keptSince);
    if (auditRetentionMs !== undefined) await inSlices(removeAudit(new Date(at - auditRetentionMs)));
  };
}

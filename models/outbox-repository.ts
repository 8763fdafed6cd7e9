// The outbox over SQL: a claim is a conditional update, so that one process at a time holds a message.

import { randomUUID } from 'node:crypto';
import type { Sequelize } from 'sequelize';
import type { ClaimedMessage, OutboxClaim, OutboxRepository } from '../lib/outbox/outbox.js';
import { boundList, boundSql, type Raw } from './bound-sql.js';
import type { Models } from './define-models.js';
import { createJournals } from './journal.js';
import { quoting } from './quoting.js';
import { readable } from './readable.js';
import { fromMillis, toMillis } from './times.js';
import type { Transactions } from './transactions.js';
import type { ReadUserId } from './user-ids.js';

/** What a message is about; each kind has a worker of its own. */
export type OutboxKind = 'mail' | 'revocation' | 'webhook';

/** When the next attempt is of what was given up: the year 9999, in milliseconds since 1970, which every type of date can hold. */
export const GIVEN_UP = 253_370_764_800_000;

/** Rows read at once while it is looked for those that may go, and how often: behind many to a host that hangs, others wait. */
const PAGE = { rows: 64, pages: 16 } as const;
/** How often it is looked anew where others took all that was found. */
const TRIES = 3;

export interface OutboxRepositoryOptions {
  readonly sequelize: Sequelize;
  readonly models: Models;
  readonly transactions: Transactions;
  readonly readId: ReadUserId;
  readonly kind: OutboxKind;
}

/** Undefined for what is no JSON object: whoever wrote it, it must not hold up the others. */
function parse<T>(message: unknown): T | undefined {
  try {
    const value: unknown = JSON.parse(String(message));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}

/** A driver may be set to give numbers as texts, and texts as bytes. */
function toMessage<T>({ id, message, attempts, created_at }: Raw): ClaimedMessage<T> {
  return { id: String(id), message: parse<T>(message), attempts: Number(attempts), createdAt: fromMillis(created_at) };
}

export function createOutboxRepository<T>(options: OutboxRepositoryOptions): OutboxRepository<T> {
  const { sequelize, models, transactions, readId, kind } = options;
  const { audit } = createJournals({ sequelize, models, readId });
  const { select, write } = boundSql(sequelize);
  const { number } = readable(sequelize);
  const outbox = quoting(sequelize).table(models.OutboxMessage);
  const DUE = 'kind = $kind AND sent_at IS NULL AND next_attempt_at <= $now AND (locked_until IS NULL OR locked_until <= $now)';
  // As the index has them: PostgreSQL knows so by the column before, which is null in all of them; MariaDB would sort for it.
  const order = sequelize.getDialect() === 'postgres' ? 'sent_at, next_attempt_at' : 'next_attempt_at';
  const found = `SELECT id, message, ${number('attempts')} AS attempts, ${number('created_at')} AS created_at FROM ${outbox} WHERE ${DUE} ORDER BY ${order} LIMIT ${PAGE.rows}`;
  /** Ids of a statement, and what is bound to them. */
  const among = (ids: readonly string[]) => {
    const list = boundList('id', ids);
    return { sql: `id IN (${list.sql})`, bind: list.bind };
  };

  async function candidates({ now, limit, admits = () => true }: OutboxClaim<T>): Promise<readonly ClaimedMessage<T>[]> {
    const chosen: ClaimedMessage<T>[] = [];
    for (let page = 0; page < PAGE.pages; page += 1) {
      const sql = page === 0 ? found : `${found} OFFSET ${page * PAGE.rows}`;
      const rows = await transactions.read(() => select(sql, { kind, now: toMillis(now) }));
      for (const row of rows) {
        const message = toMessage<T>(row);
        if (admits(message.message) && chosen.push(message) === limit) return chosen;
      }
      if (rows.length < PAGE.rows) break;
    }
    return chosen;
  }

  /** Those of `found` that nobody else has taken meanwhile. */
  async function take(found: readonly ClaimedMessage<T>[], { by, leaseMs, now }: OutboxClaim<T>): Promise<readonly ClaimedMessage<T>[]> {
    const { sql, bind } = among(found.map(({ id }) => id));
    const set = 'locked_by = $by, locked_until = $until, attempts = attempts + 1';
    const values = { ...bind, kind, by, now: toMillis(now), until: toMillis(now) + leaseMs };
    const count = await transactions.writeOne((transaction) =>
      write(`UPDATE ${outbox} SET ${set} WHERE ${sql} AND ${DUE}`, values, transaction),
    );
    if (count === found.length) return found;
    if (count === 0) return [];
    const rows = await transactions.read(() => select(`SELECT id FROM ${outbox} WHERE ${sql} AND locked_by = $by`, { ...bind, by }));
    const taken = new Set(rows.map(({ id }) => String(id)));
    return found.filter(({ id }) => taken.has(id));
  }

  return {
    async claim(claim) {
      for (let attempt = 0; attempt < TRIES; attempt += 1) {
        const found = await candidates(claim);
        if (found.length === 0) return [];
        const taken = await take(found, claim);
        if (taken.length > 0) return taken;
      }
      return [];
    },
    async sent(ids, at) {
      if (ids.length === 0) return;
      const { sql, bind } = among(ids);
      const SENT = `UPDATE ${outbox} SET sent_at = $at, locked_by = NULL, locked_until = NULL WHERE ${sql}`;
      await transactions.writeOne((transaction) => write(SENT, { ...bind, at: toMillis(at) }, transaction));
    },
    async failed(id, { error, nextAttemptAt }) {
      const FAILED = `UPDATE ${outbox} SET last_error = $error, next_attempt_at = $next, locked_by = NULL, locked_until = NULL
        WHERE id = $id AND sent_at IS NULL`;
      const values = { id, error: error.slice(0, 255), next: toMillis(nextAttemptAt) };
      await transactions.writeOne((transaction) => write(FAILED, values, transaction));
    },
    async givenUp(id, { error, attempts }) {
      const now = Date.now();
      await transactions.write(async (transaction) => {
        // The time of the lease is free then, and says since when.
        const GIVE_UP = `UPDATE ${outbox} SET last_error = $error, next_attempt_at = $never, locked_by = NULL, locked_until = $now
          WHERE id = $id AND sent_at IS NULL AND next_attempt_at <> $never`;
        const count = await write(GIVE_UP, { id, error: error.slice(0, 255), never: GIVEN_UP, now }, transaction);
        if (count === 0) return;
        const detail = { id, attempts, reason: error.slice(0, 255) };
        const context = { correlationId: randomUUID(), ip: undefined, userAgent: undefined };
        await audit({ event: `outbox.${kind}.given_up`, detail }, context, transaction);
      });
    },
  };
}

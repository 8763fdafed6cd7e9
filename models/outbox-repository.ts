// The outbox over SQL: a claim is a conditional update, so that one process at a time holds a message.

import { randomUUID } from 'node:crypto';
import { Op, type Sequelize } from 'sequelize';
import type { ClaimedMessage, OutboxClaim, OutboxRepository } from '../lib/outbox/outbox.js';
import { PRIMARY, WITH_NULLS } from './bound-sql.js';
import type { Models } from './define-models.js';
import { createJournals } from './journal.js';
import { fromMillis, toMillis } from './times.js';
import type { Transactions } from './transactions.js';
import type { ReadUserId } from './user-ids.js';

/** A driver may be set to give numbers as texts, and texts as bytes. */
type OutboxRow = Readonly<Record<'id' | 'message' | 'attempts' | 'createdAt', unknown>>;

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

function toMessage<T>({ id, message, attempts, createdAt }: OutboxRow): ClaimedMessage<T> {
  return { id: String(id), message: parse<T>(message), attempts: Number(attempts), createdAt: fromMillis(createdAt) };
}

export function createOutboxRepository<T>(options: OutboxRepositoryOptions): OutboxRepository<T> {
  const { sequelize, models, transactions, readId, kind } = options;
  const { OutboxMessage } = models;
  const { audit } = createJournals({ sequelize, models, readId });
  const due = (now: Date) => ({
    kind,
    sentAt: null,
    nextAttemptAt: { [Op.lte]: toMillis(now) },
    [Op.or]: [{ lockedUntil: null }, { lockedUntil: { [Op.lte]: toMillis(now) } }],
  });
  // As the index has them: PostgreSQL knows so by the column before, which is null in all of them; MariaDB would sort for it.
  const order = [...(sequelize.getDialect() === 'postgres' ? ['sentAt'] : []), 'nextAttemptAt'];

  async function candidates({ now, limit, admits = () => true }: OutboxClaim<T>): Promise<readonly ClaimedMessage<T>[]> {
    const found: ClaimedMessage<T>[] = [];
    for (let page = 0; page < PAGE.pages; page += 1) {
      const range = { offset: page * PAGE.rows, limit: PAGE.rows };
      const rows = await transactions.read(() =>
        OutboxMessage.findAll({ where: due(now), order, ...range, raw: true, transaction: null, ...PRIMARY }),
      );
      for (const row of rows as unknown as readonly OutboxRow[]) {
        const message = toMessage<T>(row);
        if (admits(message.message) && found.push(message) === limit) return found;
      }
      if (rows.length < PAGE.rows) break;
    }
    return found;
  }

  /** Those of `found` that nobody else has taken meanwhile. */
  async function take(found: readonly ClaimedMessage<T>[], { by, leaseMs, now }: OutboxClaim<T>): Promise<readonly ClaimedMessage<T>[]> {
    const ids = found.map(({ id }) => id);
    const [count] = await transactions.write((transaction) =>
      OutboxMessage.update(
        { lockedBy: by, lockedUntil: toMillis(now) + leaseMs, attempts: sequelize.literal('attempts + 1') },
        { where: { id: ids, ...due(now) }, transaction },
      ),
    );
    if (count === found.length) return found;
    if (count === 0) return [];
    const rows = await transactions.read(() =>
      OutboxMessage.findAll({ attributes: ['id'], where: { id: ids, lockedBy: by }, raw: true, transaction: null, ...PRIMARY }),
    );
    const taken = new Set((rows as unknown as readonly OutboxRow[]).map(({ id }) => String(id)));
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
      await transactions.write((transaction) =>
        OutboxMessage.update(
          { sentAt: toMillis(at), lockedBy: null, lockedUntil: null },
          { where: { id: [...ids] }, transaction, ...WITH_NULLS },
        ),
      );
    },
    async failed(id, { error, nextAttemptAt }) {
      await transactions.write((transaction) =>
        OutboxMessage.update(
          { lastError: error.slice(0, 255), nextAttemptAt: toMillis(nextAttemptAt), lockedBy: null, lockedUntil: null },
          { where: { id, sentAt: null }, transaction, ...WITH_NULLS },
        ),
      );
    },
    async givenUp(id, { error, attempts }) {
      const now = Date.now();
      await transactions.write(async (transaction) => {
        // The time of the lease is free then, and says since when.
        const [count] = await OutboxMessage.update(
          { lastError: error.slice(0, 255), nextAttemptAt: GIVEN_UP, lockedBy: null, lockedUntil: now },
          { where: { id, sentAt: null, nextAttemptAt: { [Op.ne]: GIVEN_UP } }, transaction, ...WITH_NULLS },
        );
        if (count === 0) return;
        const detail = { id, attempts, reason: error.slice(0, 255) };
        const context = { correlationId: randomUUID(), ip: undefined, userAgent: undefined };
        await audit({ event: `outbox.${kind}.given_up`, detail }, context, transaction);
      });
    },
  };
}

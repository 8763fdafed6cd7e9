// The outbox over SQL: a claim is a conditional update, so that one process at a time holds a message.

import { Op } from 'sequelize';
import type { OutboxRepository } from '../lib/outbox/outbox.js';
import { PRIMARY, WITH_NULLS } from './bound-sql.js';
import type { Models } from './define-models.js';
import { toMillis } from './times.js';
import type { Transactions } from './transactions.js';

/** A driver may be set to give numbers as texts, and texts as bytes. */
type OutboxRow = Readonly<Record<'id' | 'message' | 'attempts', unknown>>;

/** What a message is about; each kind has a courier of its own. */
export type OutboxKind = 'mail' | 'revocation';

export function createOutboxRepository<T>({ OutboxMessage }: Models, transactions: Transactions, kind: OutboxKind): OutboxRepository<T> {
  const due = (now: Date) => ({
    kind,
    sentAt: null,
    nextAttemptAt: { [Op.lte]: toMillis(now) },
    [Op.or]: [{ lockedUntil: null }, { lockedUntil: { [Op.lte]: toMillis(now) } }],
  });

  return {
    async claim({ by, leaseMs, now }) {
      const order: [string, string][] = [['nextAttemptAt', 'ASC']];
      const found = await transactions.read(() =>
        OutboxMessage.findAll({ where: due(now), order, limit: 5, raw: true, transaction: null, ...PRIMARY }),
      );
      for (const row of found as unknown as readonly OutboxRow[]) {
        const [id, message, attempts] = [String(row.id), String(row.message), Number(row.attempts)];
        const [claimed] = await transactions.write((transaction) =>
          OutboxMessage.update(
            { lockedBy: by, lockedUntil: toMillis(now) + leaseMs, attempts: attempts + 1 },
            { where: { id, attempts, ...due(now) }, transaction },
          ),
        );
        if (claimed === 1) return { id, message: JSON.parse(message) as T, attempts };
      }
      return undefined;
    },
    async sent(id, at) {
      await transactions.write((transaction) =>
        OutboxMessage.update({ sentAt: toMillis(at), lockedBy: null, lockedUntil: null }, { where: { id }, transaction, ...WITH_NULLS }),
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
  };
}

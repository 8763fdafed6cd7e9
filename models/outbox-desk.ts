// The outbox as an operator sees it: what waits and what was given up, to be tried again or dropped.

import { randomUUID } from 'node:crypto';
import { Op, type Sequelize } from 'sequelize';
import { PRIMARY, WITH_NULLS } from './bound-sql.js';
import type { Models } from './define-models.js';
import { createJournals } from './journal.js';
import { GIVEN_UP, type OutboxKind } from './outbox-repository.js';
import { fromMillis, toMillis } from './times.js';
import type { Transactions } from './transactions.js';
import type { ReadUserId } from './user-ids.js';

export interface WaitingMessage {
  readonly id: string;
  readonly kind: OutboxKind;
  /** Given up: it is never tried again by itself. */
  readonly state: 'waiting' | 'given up';
  readonly attempts: number;
  /** Without addresses. */
  readonly lastError: string | undefined;
  readonly createdAt: Date;
  /** Undefined once it was given up. */
  readonly nextAttemptAt: Date | undefined;
}

export interface OutboxDepth {
  readonly kind: OutboxKind;
  readonly waiting: number;
  readonly givenUp: number;
  /** Of those that wait. */
  readonly oldest: Date | undefined;
}

export interface OutboxDesk {
  /** The oldest first. */
  list(limit: number): Promise<readonly WaitingMessage[]>;
  depth(): Promise<readonly OutboxDepth[]>;
  /** Makes one due now, or without an id all that were given up; one that a worker holds stays as it is. @returns how many */
  retry(id?: string): Promise<number>;
  /** Removes one, or without an id all that were given up, each with an audit row in the same transaction. @returns how many */
  drop(id?: string): Promise<number>;
}

export interface OutboxDeskOptions {
  readonly sequelize: Sequelize;
  readonly models: Models;
  readonly transactions: Transactions;
  readonly readId: ReadUserId;
}

/** A driver may give numbers as texts, and texts as bytes. */
type Row = Readonly<Record<'id' | 'kind' | 'attempts' | 'lastError' | 'createdAt' | 'nextAttemptAt', unknown>>;

const KINDS: readonly OutboxKind[] = ['mail', 'webhook', 'revocation'];

function toWaiting(row: Row): WaitingMessage {
  const isGivenUp = Number(row.nextAttemptAt) === GIVEN_UP;
  return {
    id: String(row.id),
    kind: String(row.kind) as OutboxKind,
    state: isGivenUp ? 'given up' : 'waiting',
    attempts: Number(row.attempts),
    lastError: row.lastError === null ? undefined : String(row.lastError),
    createdAt: fromMillis(row.createdAt),
    nextAttemptAt: isGivenUp ? undefined : fromMillis(row.nextAttemptAt),
  };
}

export function createOutboxDesk({ sequelize, models, transactions, readId }: OutboxDeskOptions): OutboxDesk {
  const { OutboxMessage } = models;
  const { audit } = createJournals({ sequelize, models, readId });
  const unsent = { sentAt: null };
  /** Not under way: the lease of what was given up says since when. */
  const free = (id: string | undefined, now: number) =>
    id === undefined
      ? { ...unsent, nextAttemptAt: GIVEN_UP }
      : {
          ...unsent,
          id,
          [Op.or]: [{ nextAttemptAt: GIVEN_UP }, { lockedUntil: null }, { lockedUntil: { [Op.lte]: now } }],
        };

  return {
    async list(limit) {
      const rows = await transactions.read(() =>
        OutboxMessage.findAll({ where: unsent, order: [['createdAt', 'ASC']], limit, raw: true, transaction: null, ...PRIMARY }),
      );
      return (rows as unknown as readonly Row[]).map(toWaiting);
    },
    depth: () =>
      Promise.all(
        KINDS.map(async (kind) => {
          const waits = { ...unsent, kind, nextAttemptAt: { [Op.ne]: GIVEN_UP } };
          const all = { transaction: null, ...PRIMARY };
          const [waiting, givenUp, oldest] = await transactions.read(() =>
            Promise.all([
              OutboxMessage.count({ where: waits, ...all }),
              OutboxMessage.count({ where: { ...unsent, kind, nextAttemptAt: GIVEN_UP }, ...all }),
              OutboxMessage.min('createdAt', { where: waits, ...all }),
            ]),
          );
          return { kind, waiting, givenUp, oldest: oldest === null || oldest === undefined ? undefined : fromMillis(oldest) };
        }),
      ),
    async retry(id) {
      const now = toMillis(new Date());
      const [count] = await transactions.write((transaction) =>
        OutboxMessage.update(
          { nextAttemptAt: now, lockedBy: null, lockedUntil: null },
          { where: free(id, now), transaction, ...WITH_NULLS },
        ),
      );
      return count;
    },
    async drop(id) {
      const now = toMillis(new Date());
      return await transactions.write(async (transaction) => {
        const rows = await OutboxMessage.findAll({ where: free(id, now), raw: true, transaction, ...PRIMARY });
        let count = 0;
        for (const row of (rows as unknown as readonly Row[]).map(toWaiting)) {
          // Another operator, or a worker, may have been quicker.
          if ((await OutboxMessage.destroy({ where: { ...free(row.id, now), id: row.id }, transaction })) === 0) continue;
          count += 1;
          const context = { correlationId: randomUUID(), ip: undefined, userAgent: undefined };
          await audit({ event: `outbox.${row.kind}.dropped`, detail: { id: row.id, attempts: row.attempts } }, context, transaction);
        }
        return count;
      });
    },
  };
}

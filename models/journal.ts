// Audit rows and outbox mail, written in the transaction that they report on.

import { randomUUID } from 'node:crypto';
import type { Sequelize, Transaction } from 'sequelize';
import type { AuditEvent } from '../lib/accounts/audit-events.js';
import type { Journal } from '../lib/accounts/ports.js';
import type { RequestContext } from '../lib/accounts/types.js';
import type { WebhooksFor } from '../lib/outbox/webhook-events.js';
import { boundSql } from './bound-sql.js';
import type { Models } from './define-models.js';
import type { OutboxKind } from './outbox-repository.js';
import { quoting } from './quoting.js';
import { writtenDate } from './times.js';
import type { Transactions } from './transactions.js';
import type { ReadUserId } from './user-ids.js';

/** Nothing a client sends may break a line of the log or overflow a column. */
export function tame(value: string | undefined, length: number): string | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  return value === undefined ? null : value.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '?').slice(0, length);
}

export interface Journals {
  audit(event: AuditEvent, context: RequestContext, transaction: Transaction | undefined): Promise<void>;
  /** @param onOutbox called when something of a kind is put into the outbox */
  open(transaction: Transaction, onOutbox: (kind: OutboxKind) => void): Journal;
}

export interface JournalsOptions {
  readonly sequelize: Sequelize;
  readonly models: Pick<Models, 'AuditEvent' | 'OutboxMessage'>;
  readonly readId: ReadUserId;
  /** What other services are to be told of what is written down. Default: nothing. */
  readonly webhooks?: WebhooksFor | undefined;
}

export function createJournals({
  sequelize,
  models: { AuditEvent, OutboxMessage },
  readId,
  webhooks = () => [],
}: JournalsOptions): Journals {
  const { write } = boundSql(sequelize);
  const { table } = quoting(sequelize);
  const AUDIT = `INSERT INTO ${table(AuditEvent)} (event, user_id, provider, ip, user_agent, correlation_id, detail, created_at)
    VALUES ($event, $userId, $provider, $ip, $userAgent, $correlationId, $detail, $createdAt)`;
  const ENQUEUE = `INSERT INTO ${table(OutboxMessage)} (id, kind, message, attempts, created_at, next_attempt_at)
    VALUES ($id, $kind, $message, 0, $now, $now)`;
  const written = writtenDate(AuditEvent, 'createdAt');

  async function audit(
    { event, userId, provider, detail }: AuditEvent,
    context: RequestContext,
    transaction: Transaction | undefined,
  ): Promise<void> {
    const { correlationId, ip, userAgent } = context;
    const row = {
      event,
      userId: (userId === undefined ? undefined : readId(userId)) ?? null,
      provider: tame(provider, 64),
      ip: tame(ip, 64),
      userAgent: tame(userAgent, 255),
      correlationId,
      detail: detail === undefined ? null : JSON.stringify(detail).slice(0, 2000),
      createdAt: written(new Date()),
    };
    await write(AUDIT, row, transaction);
  }

  return {
    audit,
    open(transaction, onOutbox) {
      async function enqueue(kind: OutboxKind, message: object): Promise<void> {
        await write(ENQUEUE, { id: randomUUID(), kind, message: JSON.stringify(message), now: Date.now() }, transaction);
        onOutbox(kind);
      }
      return {
        async audit(event, context) {
          await audit(event, context, transaction);
          for (const message of webhooks(event)) await enqueue('webhook', message);
        },
        mail: (message) => enqueue('mail', message),
        revokeLater: (revocation) => enqueue('revocation', revocation),
      };
    },
  };
}

export type OnOutbox = (kinds: ReadonlySet<OutboxKind>) => void;

/** One transaction with its journal. */
export type JournaledWrites = <T>(work: (transaction: Transaction, journal: Journal) => Promise<T>) => Promise<T>;

/** @param onOutbox called after a commit that put something of these kinds into the outbox */
export function journaledWrites(transactions: Transactions, journals: Journals, onOutbox: OnOutbox): JournaledWrites {
  return async (work) => {
    const kinds = new Set<OutboxKind>();
    const result = await transactions.write((transaction) => {
      kinds.clear();
      return work(
        transaction,
        journals.open(transaction, (kind) => void kinds.add(kind)),
      );
    });
    if (kinds.size > 0) onOutbox(kinds);
    return result;
  };
}

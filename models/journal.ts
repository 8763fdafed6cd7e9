// Audit rows and outbox mail, in the transaction they tell of.

import { randomUUID } from 'node:crypto';
import type { Transaction } from 'sequelize';
import type { Journal } from '../lib/accounts/ports.js';
import type { RequestContext } from '../lib/accounts/types.js';
import type { AuditEvent } from '../lib/audit/events.js';
import type { Models } from './define-models.js';
import type { OutboxKind } from './outbox-repository.js';

/** Nothing a client sends may break a line of the log or overflow a column. */
function tame(value: string | undefined, length: number): string | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  return value === undefined ? null : value.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '?').slice(0, length);
}

export function auditRow({ event, userId, provider, detail }: AuditEvent, { correlationId, ip, userAgent }: RequestContext) {
  return {
    event,
    userId: userId ?? null,
    provider: tame(provider, 64),
    ip: tame(ip, 64),
    userAgent: tame(userAgent, 255),
    correlationId,
    detail: detail === undefined ? null : JSON.stringify(detail).slice(0, 2000),
    createdAt: new Date(),
  };
}

export function createJournal({ AuditEvent, OutboxMessage }: Models, transaction: Transaction, onOutbox: () => void): Journal {
  async function enqueue(kind: OutboxKind, message: object): Promise<void> {
    const now = Date.now();
    const row = { id: randomUUID(), kind, message: JSON.stringify(message), createdAt: now, nextAttemptAt: now };
    await OutboxMessage.create(row, { transaction });
    onOutbox();
  }

  return {
    async audit(event, context) {
      await AuditEvent.create(auditRow(event, context), { transaction });
    },
    mail: (message) => enqueue('mail', message),
    revokeLater: (revocation) => enqueue('revocation', revocation),
  };
}

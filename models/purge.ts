// Removes what nobody will come back for: flows and sessions past their date, mail that was sent or given up long ago.

import { Op } from 'sequelize';
import type { Models } from './define-models.js';
import { GIVEN_UP } from './outbox-repository.js';
import { toMillis } from './times.js';
import type { Transactions } from './transactions.js';

/** Sent messages, and those that were given up, stay this long, in milliseconds, for an operator who wants to know what went out. */
const KEEP_SENT_MS = 30 * 24 * 60 * 60 * 1000;

export async function purge(
  { Flow, CookieSession, RefreshToken, OutboxMessage }: Models,
  transactions: Transactions,
  now: Date,
): Promise<void> {
  const at = toMillis(now);
  await transactions.write(async (transaction) => {
    for (const table of [Flow, CookieSession, RefreshToken]) await table.destroy({ where: { expiresAt: { [Op.lte]: at } }, transaction });
    await OutboxMessage.destroy({ where: { sentAt: { [Op.lte]: at - KEEP_SENT_MS } }, transaction });
    await OutboxMessage.destroy({ where: { nextAttemptAt: GIVEN_UP, lockedUntil: { [Op.lte]: at - KEEP_SENT_MS } }, transaction });
  });
}

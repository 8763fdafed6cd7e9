// Removes what nobody will come back for: flows, sessions and links in mail past their date, mail that was sent or given up long ago.

import { Op } from 'sequelize';
import type { Models } from './define-models.js';
import { GIVEN_UP } from './outbox-repository.js';
import { toMillis } from './times.js';
import type { Transactions } from './transactions.js';

/** Sent messages, and those that were given up, stay this long, in milliseconds, for an operator who wants to know what went out. */
const KEEP_SENT_MS = 30 * 24 * 60 * 60 * 1000;

export async function purge(
  { Flow, CookieSession, RefreshToken, OutboxMessage, AddressProof, Invitation }: Models,
  transactions: Transactions,
  now: Date,
): Promise<void> {
  const at = toMillis(now);
  await transactions.write(async (transaction) => {
    for (const table of [Flow, CookieSession, RefreshToken, Invitation])
      await table.destroy({ where: { expiresAt: { [Op.lte]: at } }, transaction });
    // The one of a sign-up stays: it is what the sign-up is known by until its address is proven.
    await AddressProof.destroy({ where: { expiresAt: { [Op.lte]: at }, purpose: { [Op.ne]: 'sign_up' } }, transaction });
    await OutboxMessage.destroy({ where: { sentAt: { [Op.lte]: at - KEEP_SENT_MS } }, transaction });
    await OutboxMessage.destroy({ where: { nextAttemptAt: GIVEN_UP, lockedUntil: { [Op.lte]: at - KEEP_SENT_MS } }, transaction });
  });
}

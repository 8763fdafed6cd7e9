// Sign-ins that last, over SQL: rotation is one conditional update, so that one caller wins.

import type { SessionRepository } from '../lib/accounts/ports.js';
import type { AccountQuery } from './account-query.js';
import type { Models } from './define-models.js';
import { toMillis } from './times.js';
import type { Transactions } from './transactions.js';

export function createSessionRepository(models: Models, query: AccountQuery, transactions: Transactions): SessionRepository {
  return {
    find: (sessionId) => transactions.read(() => query.session(sessionId)),
    listOf: (userId) => transactions.read(() => query.sessionsOf(userId)),
    async rotate(id, generation, at, expiresAt) {
      const [changed] = await transactions.write((transaction) =>
        models.RefreshToken.update(
          { generation: generation + 1, rotatedAt: toMillis(at), expiresAt: toMillis(expiresAt) },
          { where: { id, generation, revokedAt: null }, transaction },
        ),
      );
      return changed === 1;
    },
    async touch(id, at) {
      await transactions.write((transaction) =>
        models.RefreshToken.update({ rotatedAt: toMillis(at) }, { where: { id, revokedAt: null }, transaction }),
      );
    },
    async revoke(id, at) {
      await transactions.write((transaction) =>
        models.RefreshToken.update({ revokedAt: toMillis(at) }, { where: { id, revokedAt: null }, transaction }),
      );
    },
  };
}

// A used refresh token that comes back was copied by somebody: nobody knows which of the two comes, so every session ends.

import type { Notices } from './notices.js';
import type { AccountRepository, Session } from './ports.js';
import type { RequestContext } from './types.js';

/** Ends every session of its user; the person is told by mail, once however often the token comes. */
export type EndAllForReuse = (session: Pick<Session, 'id' | 'userId'>, context: RequestContext) => Promise<void>;

export function createEndAllForReuse(repository: Pick<AccountRepository, 'locked'>, notices: Notices): EndAllForReuse {
  return async ({ id, userId }, context) => {
    await repository.locked(userId, undefined, async (locked) => {
      const count = await locked.endOtherSessions(undefined, new Date());
      await locked.audit({ event: 'auth.token.reuse_detected', userId, detail: { family: id, ended: count } }, context);
      if (count > 0) await notices.send(locked, locked.account.user, 'sessions_ended');
    });
  };
}

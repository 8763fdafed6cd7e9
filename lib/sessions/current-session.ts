// Which session of a person a request belongs to: the one that a refresh cookie names, else the one that signs the request.

import type { Request } from 'express';
import type { AccountRepository } from '../accounts/ports.js';
import type { Session } from '../accounts/session-ports.js';
import { isAlive } from '../accounts/sessions.js';
import type { RefreshCookie } from '../http/refresh-cookie.js';
import { signedInOf } from '../http/request-facts.js';
import type { TokenPairs } from '../tokens/token-pairs.js';

/** Behind the user's check; undefined where the host's own session signs and there is no such cookie. */
export type CurrentSession = (req: Request) => Promise<Session | undefined>;

export interface CurrentSessionOptions {
  readonly refreshCookie: RefreshCookie;
  readonly tokens: Pick<TokenPairs, 'familyOf'>;
  readonly repository: Pick<AccountRepository, 'findAccount'>;
}

/** A cookie of another person's, or of a session that is over, names none. */
export function createCurrentSession({ refreshCookie, tokens, repository }: CurrentSessionOptions): CurrentSession {
  return async (req) => {
    const { account, session } = signedInOf(req);
    const token = refreshCookie.read(req);
    const family = token === undefined ? undefined : await tokens.familyOf(token);
    if (family === undefined || family === session?.id) return session;
    const named = (await repository.findAccount(account.user.id, family))?.session;
    return isAlive(named) ? named : session;
  };
}

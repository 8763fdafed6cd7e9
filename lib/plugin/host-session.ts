// Signs people in to the host's own session as well, after they have signed in here with a browser.

import type { Request, Response } from 'express';
import type { UserMapping } from '../../models/user-mapping.js';
import { LatchkeyError } from '../accounts/errors.js';
import type { CookieSessions } from '../sessions/cookie-sessions.js';
import { describeError, type Logger } from '../support/logger.js';
import type { HostSignIn } from './options.js';

export interface HostSessionOptions {
  readonly hostSession: 'passport' | HostSignIn;
  readonly users: UserMapping;
  /** Whom the host's session has signed in by now. */
  hostUser(req: Request): string | number | undefined | null;
  readonly logger: Logger;
}

type Login = (user: object, options: { readonly keepSessionInfo: boolean }, done: (error?: unknown) => void) => void;

/** Passport gives the session one more id; what stands in it, our sign-in too, stays. */
const byPassport: HostSignIn = (req, user) =>
  new Promise((resolve, reject) => {
    const login = (req as unknown as { readonly login?: Login }).login;
    if (typeof login !== 'function')
      return reject(new TypeError("hostSession: 'passport' needs passport.session(), or passport.initialize(), before keys.router"));
    login.call(req, user, { keepSessionInfo: true }, (error?: unknown) => (error ? reject(error) : resolve()));
  });

/** The same cookie sessions, which open the host's with theirs. */
export function withHostSession(inner: CookieSessions, { hostSession, users, hostUser, logger }: HostSessionOptions): CookieSessions {
  const signIn = hostSession === 'passport' ? byPassport : hostSession;
  const idAttribute = users.attribute('id') ?? 'id';

  async function open(req: Request, res: Response, userId: string): Promise<void> {
    const user = await users.model.findOne({ where: { [idAttribute]: users.readId(userId) ?? null } });
    if (user === null) throw new TypeError('The user who has just signed in was deleted');
    await signIn(req, user, res);
  }

  return {
    ...inner,
    async begin(req, res, content, options) {
      await inner.begin(req, res, content, options);
      if (content.proofOnly === true || String(hostUser(req)) === content.userId) return;
      try {
        await open(req, res, content.userId);
      } catch (error) {
        logger.error({ err: describeError(error) }, "the host's own session could not be opened");
        await inner.end(req, res).catch(() => undefined);
        throw new LatchkeyError('internal', { cause: error });
      }
    },
  };
}

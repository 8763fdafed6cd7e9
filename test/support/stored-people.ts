// People as the storage keeps them, made through its own ports: what contract suites start from.

import { randomUUID } from 'node:crypto';
import type { MailMessage } from '../../lib/accounts/mail-message.js';
import type { NewUser } from '../../lib/accounts/ports.js';
import type { NewSession } from '../../lib/accounts/session-ports.js';
import type { RequestContext, SocialLink, User, VerifiedIdentity } from '../../lib/accounts/types.js';
import type { UsableMethods } from '../../lib/accounts/usable-methods.js';
import type { Storage } from '../../lib/plugin/storage.js';
import { person } from './person.js';

export const CONTEXT: RequestContext = { correlationId: randomUUID(), ip: '192.0.2.7', userAgent: 'Tests/1.0' };

/** Whatever is stored works. */
export const ALL_WORK: UsableMethods = { passwordSignIn: true, acceptsLink: () => true, canVerify: () => true };

export const HOUR_MS = 3_600_000;

/** With every millisecond told. */
export const AT = new Date('2026-03-04T05:06:07.089Z');

export function newUser(more: Partial<NewUser> = {}): NewUser {
  const { email, name } = person();
  return { email, emailVerified: true, nickname: name, language: 'en-US', ...more };
}

export function identity(provider = 'google', subject = person().sub): VerifiedIdentity {
  return { provider, subject, profile: { emailVerified: false } };
}

export function newSession(userId: string, more: Partial<NewSession> = {}): NewSession {
  return {
    id: randomUUID(),
    userId,
    linkId: undefined,
    createdAt: AT,
    authenticatedAt: AT,
    expiresAt: new Date(Date.now() + HOUR_MS),
    ...more,
  };
}

export function mailTo(to: string): MailMessage {
  return { template: 'linked', to, language: 'en-US', data: { appName: 'BIO.RE', provider: 'Google', nickname: to, at: AT.toISOString() } };
}

export interface StoredPerson {
  readonly user: User;
  /** In the order of the providers. */
  readonly links: readonly SocialLink[];
  /** Opened through the first link, if there is one. */
  readonly sessionId: string;
}

/** Somebody with a link at each provider, a password if one is given, and one session. */
export async function storedPerson(
  { accounts }: Pick<Storage, 'accounts'>,
  { providers = ['google'], ...more }: Partial<NewUser> & { readonly providers?: readonly string[] } = {},
): Promise<StoredPerson> {
  return await accounts.signIn(async (transaction) => {
    const user = await transaction.insertUser(newUser(more));
    const links: SocialLink[] = [];
    for (const provider of providers) links.push(await transaction.insertLink(user.id, identity(provider), AT));
    const session = newSession(user.id, { linkId: links[0]?.id });
    await transaction.insertSession(session);
    return { user, links, sessionId: session.id };
  });
}

/** The error that a promise was rejected with. */
export async function rejection(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    (value) => {
      throw new TypeError(`It was not rejected but gave ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}

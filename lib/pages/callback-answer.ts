// The answer that a provider sends back through the browser: in the query of the callback, or posted and kept until the browser asks for
// it.

import { createHash, randomBytes } from 'node:crypto';
import { LatchkeyError } from '../accounts/errors.js';
import type { OneTimeStore } from '../accounts/one-time-store.js';

/** RFC 6749, section 4.1.2; `iss` of RFC 9207; `user` is Apple's. */
export interface CallbackAnswer {
  readonly code?: string;
  readonly state?: string;
  readonly iss?: string;
  readonly error?: string;
  readonly user?: string;
}

const QUERY_FIELDS = ['code', 'state', 'iss', 'error'] as const;
const FORM_FIELDS = [...QUERY_FIELDS, 'user'] as const;

/** How long the browser may take from one request to the next, and reload: as long as Apple's code lives, in milliseconds. */
const TTL_MS = 5 * 60 * 1000;
/** Bytes of JSON: what the store takes. */
const MAX_RECORD = 4096;
/** Characters: what the finish call takes. */
const MAX_USER = 2048;

/** One text each; a repeated field counts as none. */
function textFields(source: unknown, names: readonly (keyof CallbackAnswer)[]): CallbackAnswer {
  if (typeof source !== 'object' || source === null) return {};
  const fields = new Map(Object.entries(source));
  const texts = names.flatMap((name): (readonly [string, string])[] => {
    const value: unknown = fields.get(name);
    return typeof value === 'string' ? [[name, value]] : [];
  });
  return Object.fromEntries(texts);
}

export function answerOfQuery(query: unknown): CallbackAnswer {
  return textFields(query, QUERY_FIELDS);
}

export function answerOfForm(form: unknown): CallbackAnswer {
  return textFields(form, FORM_FIELDS);
}

const fits = (answer: CallbackAnswer) => Buffer.byteLength(JSON.stringify(answer)) <= MAX_RECORD;

/** A name is nothing to fail for: what is too long loses it first. @throws LatchkeyError `payload_too_large` */
function small({ user, ...answer }: CallbackAnswer): CallbackAnswer {
  if (!fits(answer)) throw new LatchkeyError('payload_too_large');
  const whole = { ...answer, ...(user === undefined ? {} : { user }) };
  return (user?.length ?? 0) <= MAX_USER && fits(whole) ? whole : answer;
}

/** The provider is part of the key: a ticket says nothing at another one's callback. */
function keyOf(provider: string, ticket: string): string {
  return `answer:${createHash('sha256')
    .update(JSON.stringify([provider, ticket]))
    .digest('base64url')}`;
}

export interface PostedAnswers {
  /**
   * Keeps an answer for five minutes and gives the ticket for it.
   * @throws LatchkeyError `payload_too_large` when it has more than 4 KiB, `unavailable`
   */
  keep(provider: string, answer: CallbackAnswer): Promise<string>;
  /** Looks without using it up, so that the page can be loaded again; nothing where there is no such ticket. */
  read(provider: string, ticket: string): Promise<CallbackAnswer>;
}

/**
 * A form from another site comes without our Lax cookies, so it cannot be judged at once. Whoever finds a ticket sees no more
 * than in the URL of a redirect, and for a shorter time.
 */
export function createPostedAnswers(store: OneTimeStore): PostedAnswers {
  return {
    async keep(provider, answer) {
      const ticket = randomBytes(32).toString('base64url');
      await store.put(keyOf(provider, ticket), small(answer), TTL_MS);
      return ticket;
    },
    async read(provider, ticket) {
      return answerOfForm(/^[\w-]{43}$/.test(ticket) ? await store.peek(keyOf(provider, ticket)) : undefined);
    },
  };
}

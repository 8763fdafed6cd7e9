// What a one-time link stands for: stored on the server under the hash of its ticket, so that no URL contains a token.

import { createHash, randomBytes } from 'node:crypto';
import type { OneTimeStore } from '../lib/accounts/one-time-store.js';

/** How long the one-time link can be opened, in milliseconds. */
const TTL_MS = 10 * 60 * 1000;

export interface LinkTicket {
  readonly userId: string;
  /** The session it was made in, and lives no longer than. */
  readonly sessionId: string;
  readonly provider: string;
  /** Another site has had a browser open it: from then on nobody links by it unasked, however it is opened. */
  readonly asks: boolean;
  /** Made of a link with a token in it, which wants a recent sign-in also then; else that was asked for when the link was made. */
  readonly fromToken: boolean;
}

export interface LinkTickets {
  /** Gives the ticket for it. */
  keep(kept: LinkTicket): Promise<string>;
  /** Looks without using it up, and has everybody asked from now on. */
  ask(ticket: string): Promise<LinkTicket | undefined>;
  peek(ticket: string): Promise<LinkTicket | undefined>;
  /** Uses it up: of many at once one gets it. */
  take(ticket: string): Promise<LinkTicket | undefined>;
}

const keyOf = (ticket: string) => `link:${createHash('sha256').update(ticket).digest('base64url')}`;

export function createLinkTickets(store: OneTimeStore): LinkTickets {
  const peek = async (ticket: string) => (await store.peek(keyOf(ticket))) as LinkTicket | undefined;
  return {
    peek,
    async keep(kept) {
      const ticket = randomBytes(32).toString('base64url');
      await store.put(keyOf(ticket), kept, TTL_MS);
      return ticket;
    },
    async ask(ticket) {
      const kept = await peek(ticket);
      if (kept === undefined || kept.asks) return kept;
      // Whoever has used it up meanwhile left nothing to exchange.
      return (await store.exchange(keyOf(ticket), { ...kept, asks: true })) as LinkTicket | undefined;
    },
    take: async (ticket) => (await store.take(keyOf(ticket))) as LinkTicket | undefined,
  };
}

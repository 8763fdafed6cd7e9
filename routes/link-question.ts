// A link that another site made a browser open: before anything is linked, the person sees which account it would go to, and says yes or
// no.

import type { Request, RequestHandler } from 'express';
import { z } from 'zod';
import { LatchkeyError } from '../lib/accounts/errors.js';
import { assertActive } from '../lib/accounts/sessions.js';
import { parseInput } from '../lib/http/input.js';
import { redirect } from '../lib/http/redirect.js';
import { factsOf, type SignedInUser, signedInOf } from '../lib/http/request-facts.js';
import { isForeignNavigation } from '../lib/middleware/origins.js';
import { handleAsync } from '../lib/middleware/respond.js';
import type { LinkTicket, LinkTickets } from './link-tickets.js';
import type { Parts } from './parts.js';

const ticket = z.string().regex(/^[\w-]{43}$/);
const ticketInput = z.object({ ticket });
export const answerInput = z.object({ ticket, answer: z.enum(['yes', 'no']) });

export interface LinkQuestionOptions {
  readonly tickets: LinkTickets;
  /** Where a one-time link leads, without its ticket. */
  readonly linkUrl: string;
}

export interface LinkQuestion {
  /** Shows the question where one is to be asked, without using the ticket up. */
  readonly ask: RequestHandler;
  /** Behind the check of a token: a link with one in it becomes a one-time link, where the question is to be asked. */
  readonly askWithoutToken: RequestHandler;
  /** Uses the ticket of the query up: whoever opened its link first is on the way, and nobody else. */
  readonly open: RequestHandler;
  /** Takes the answer; `denied` for a no. What asks for a recent sign-in stands behind it, and `wantsRecentSignIn` says for whom. */
  readonly answer: RequestHandler;
  wantsRecentSignIn(req: Request): boolean;
}

export function createLinkQuestion(parts: Parts, { tickets, linkUrl }: LinkQuestionOptions): LinkQuestion {
  const { config, displayName, guards, show } = parts;
  const isForeign = (req: Request) => isForeignNavigation(req, config.allowedOrigins);
  const fromToken = new WeakSet<Request>();

  /** @throws LatchkeyError `flow_expired` for one that is used up, too old, or made in a session that is over */
  async function userOf(kept: LinkTicket | undefined): Promise<SignedInUser> {
    const signedIn = kept && (await guards.userOfFamily(kept.userId, kept.sessionId));
    if (signedIn === undefined) throw new LatchkeyError('flow_expired');
    assertActive(signedIn.account.user);
    return signedIn;
  }

  async function begin(req: Request, kept: LinkTicket | undefined): Promise<void> {
    if (kept !== undefined) factsOf(req).provider = kept.provider;
    factsOf(req).signedIn = await userOf(kept);
  }

  return {
    wantsRecentSignIn: (req) => fromToken.has(req),

    ask: handleAsync(async (req, res, next) => {
      const given = ticketInput.safeParse(req.query);
      if (!given.success) return next();
      const kept = await (isForeign(req) ? tickets.ask : tickets.peek)(given.data.ticket);
      if (kept === undefined || !(kept.asks || isForeign(req))) return next();
      // Nobody is noted as signed in: who reads this may be anybody, in a language of their own.
      const { user } = (await userOf(kept)).account;
      const { nickname, email, emailVerified } = user;
      const account = { nickname, email, emailVerified };
      const provider = displayName(kept.provider);
      show(req, res, { kind: 'confirm-link', provider, account, url: new URL(linkUrl).pathname, ticket: given.data.ticket });
    }),

    askWithoutToken: handleAsync(async (req, res, next) => {
      if (!isForeign(req)) return next();
      const { account, session } = signedInOf(req);
      if (session === undefined) throw new TypeError('The request is signed by a token, so it has a session');
      const provider = factsOf(req).provider ?? '';
      const kept = { userId: account.user.id, sessionId: session.id, provider, asks: true, fromToken: true };
      redirect(res, 302, `${linkUrl}?${new URLSearchParams({ ticket: await tickets.keep(kept) })}`);
    }),

    open: handleAsync(async (req, _res, next) => {
      await begin(req, await tickets.take(parseInput(ticketInput, req.query).ticket));
      next();
    }),

    answer: handleAsync(async (req, _res, next) => {
      const given = parseInput(answerInput, req.body);
      const kept = await tickets.take(given.ticket);
      await begin(req, kept);
      if (given.answer === 'no') throw new LatchkeyError('denied', { message: 'The person did not confirm the link' });
      if (kept?.fromToken === true) fromToken.add(req);
      next();
    }),
  };
}

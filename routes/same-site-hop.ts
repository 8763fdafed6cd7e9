// One redirect from our own site between the provider and the callback: browsers do not send a `SameSite=Strict` session cookie on the way
// from another site.

import type { Request, Response } from 'express';
import type { FlowRequest } from '../lib/accounts/flows.js';
import { factsOf } from '../lib/http/request-facts.js';
import type { CallbackAnswer, PostedAnswers } from '../lib/pages/callback-answer.js';
import type { Carrier } from '../lib/sessions/session-carrier.js';
import type { Parts } from './parts.js';

/** In the query of whoever has made the hop. */
const MARK = 'hop';

export interface HopRequest extends Omit<FlowRequest, 'door'> {
  readonly answer: CallbackAnswer;
}

export interface SameSiteHop {
  /** Hops where the host's express-session is strict, before anything is asked of it; false where there is no need. */
  ofSession(req: Request, res: Response, request: HopRequest): Promise<boolean>;
  /** Hops where the host has signed in whoever began the flow, and does not know them now; false for any other flow. */
  ofUser(req: Request, res: Response, request: HopRequest): Promise<boolean>;
}

/** A browser that says nothing of where it comes from may come from there. */
function comesFromElsewhere(req: Request): boolean {
  const site = req.get('sec-fetch-site');
  return (site === 'cross-site' || site === undefined) && req.query[MARK] === undefined;
}

export function createSameSiteHop(parts: Parts, posted: PostedAnswers): SameSiteHop {
  const { cookieSessions, flows, show } = parts;

  /** The answer is kept for the next request, so that no code stands in an address once more. */
  async function hop(req: Request, res: Response, { provider, answer }: HopRequest): Promise<void> {
    const ticket = typeof req.query.answer === 'string' ? req.query.answer : await posted.keep(provider, answer);
    const page = { kind: 'continue', url: `?${new URLSearchParams({ answer: ticket, [MARK]: '1' })}` } as const;
    const carrier = req as Carrier;
    const { session } = carrier;
    if (!cookieSessions.isStrict(req) || session === undefined) return show(req, res, page);
    // express-session gives a visitor who shows no session a new one, whose cookie would take the place of the one not shown.
    carrier.session = undefined;
    show(req, res, page);
    carrier.session = session;
  }

  return {
    async ofSession(req, res, request) {
      if (!comesFromElsewhere(req) || !cookieSessions.isStrict(req) || factsOf(req).signedIn !== undefined) return false;
      // Nothing is kept for strangers.
      const isOwn = (await flows.peek(request)) !== undefined || (await flows.end(request)) !== undefined;
      if (isOwn) await hop(req, res, request);
      return isOwn;
    },
    async ofUser(req, res, request) {
      if (!comesFromElsewhere(req) || factsOf(req).signedIn?.by === 'host') return false;
      const intent = (await flows.peek(request))?.intent;
      const isOwn = intent !== undefined && intent.kind !== 'sign-in' && intent.preparedIn === undefined;
      if (isOwn) await hop(req, res, request);
      return isOwn;
    },
  };
}

// What becomes of a flow whose identity conflicts with another account: a question to the person, and the end of the flow.

import type { Request, Response } from 'express';
import { LatchkeyError } from '../lib/accounts/errors.js';
import type { Flow } from '../lib/accounts/flow.js';
import type { SignedIn } from '../lib/accounts/sign-in.js';
import type { VerifiedIdentity } from '../lib/accounts/types.js';
import { redirect } from '../lib/http/redirect.js';
import { factsOf, signedInOf } from '../lib/http/request-facts.js';
import { safeReturnTo } from '../lib/http/return-to.js';
import type { ShowOptions } from '../lib/pages/page-answers.js';
import type { Parts } from './parts.js';

export interface EndedTrip {
  readonly flow: Flow | undefined;
  readonly identity: VerifiedIdentity | undefined;
  readonly error: unknown;
}

export interface PendingIdentityEnds {
  /** The path of the question that is to be asked, if there is one: of a flow in a browser's tab only. */
  ask(req: Request, res: Response, ended: EndedTrip): Promise<string | undefined>;
  /** Shows the question that `ask` noted; false where there is none. */
  showAsked(req: Request, res: Response, options: ShowOptions): Promise<boolean>;
  /** @throws LatchkeyError `flow_expired` where this browser has none to answer, as the next */
  showJoin(req: Request, res: Response, options?: ShowOptions): Promise<void>;
  /** Behind the user's check. */
  showMove(req: Request, res: Response, options?: ShowOptions): Promise<void>;
  /** Somebody has just signed in from the question about an address: the identity is linked to them. */
  join(req: Request, res: Response, signedIn: SignedIn, status: 302 | 303): Promise<void>;
}

export function createPendingIdentityEnds(parts: Parts): PendingIdentityEnds {
  const { config, displayName, flowCookie, joins, moves, flashCookie, paths, repository, show, views } = parts;

  async function questionOf(req: Request, { flow, identity, error }: EndedTrip): Promise<'join' | 'move' | undefined> {
    const browser = flowCookie.read(req);
    if (!parts.localAccounts || browser === undefined || !(error instanceof LatchkeyError)) return undefined;
    if (flow?.entry !== 'browser' || identity === undefined) return undefined;
    const { intent } = flow;
    // Who was asked already, and comes back with one more identity, is asked about that one.
    const returnTo = flow.returnTo === undefined || flow.returnTo === paths.join ? paths.connections : flow.returnTo;
    if (error.code === 'email_taken' && intent.kind === 'sign-in')
      return (await joins.ask(browser, identity, returnTo)) ? 'join' : undefined;
    if (error.code !== 'linked_to_other_user' || intent.kind !== 'link') return undefined;
    const to = factsOf(req).signedIn?.account;
    return to !== undefined && (await moves.ask(browser, identity, to, returnTo)) ? 'move' : undefined;
  }

  function browserOf(req: Request): string {
    const browser = flowCookie.read(req);
    if (browser === undefined) throw new LatchkeyError('flow_expired');
    return browser;
  }

  async function showJoin(req: Request, res: Response, options: ShowOptions = {}): Promise<void> {
    const pending = await joins.pending(browserOf(req));
    if (pending === undefined) throw new LatchkeyError('flow_expired');
    const { provider } = pending.identity;
    factsOf(req).provider = provider;
    show(req, res, views.join(provider, await joins.ways(pending)), options);
  }

  async function showMove(req: Request, res: Response, options: ShowOptions = {}): Promise<void> {
    const { user } = signedInOf(req).account;
    const pending = await moves.pending(browserOf(req), user.id);
    if (pending === undefined) throw new LatchkeyError('flow_expired');
    const provider = displayName(pending.identity.provider);
    const locked = await moves.isLocked(pending);
    show(req, res, { kind: 'move', provider, nickname: user.nickname, url: paths.move, locked }, options);
  }

  return {
    showJoin,
    showMove,
    async ask(req, res, ended) {
      const asks = await questionOf(req, ended);
      if (asks === undefined) return undefined;
      factsOf(req).asks = asks;
      // The cookie lives as long as what it is the key to.
      flowCookie.ensure(req, res);
      return asks === 'join' ? paths.join : paths.move;
    },
    async showAsked(req, res, options) {
      const { asks } = factsOf(req);
      if (asks !== undefined) await (asks === 'join' ? showJoin : showMove)(req, res, options);
      return asks !== undefined;
    },
    async join(req, res, { user, session }, status) {
      const current = factsOf(req);
      const browser = flowCookie.read(req);
      const pending = browser === undefined ? undefined : await joins.pending(browser);
      if (browser === undefined || pending === undefined) throw new LatchkeyError('flow_expired');
      const { provider } = pending.identity;
      const account = (await repository.findAccount(user.id))?.account;
      Object.assign(current, { action: 'auth.oauth.link', provider, resumeAt: paths.join });
      if (account !== undefined) current.signedIn = { account, session: undefined, by: current.signedIn?.by ?? 'cookie' };
      const { reauthenticateWithinMs: within } = config;
      if (within !== undefined && Date.now() - session.authenticatedAt.getTime() > within)
        throw new LatchkeyError('reauthentication_required');
      const link = await joins.finish(browser, user, { id: session.id, idles: true }, current.context);
      if (link === undefined) {
        flashCookie.leave(res, { kind: 'other_account' });
        return redirect(res, status, paths.connections);
      }
      flashCookie.leave(res, { kind: 'linked', provider });
      redirect(res, status, safeReturnTo(pending.returnTo, config.baseUrl));
    },
  };
}

// A browser comes back from a provider: its flow is finished, and it goes on to the page it wanted.

import type { Request, Response } from 'express';
import type { Finished } from '../lib/accounts/authorizations.js';
import { type FailureCode, LatchkeyError } from '../lib/accounts/errors.js';
import type { Flow, FlowEnd } from '../lib/accounts/flow.js';
import type { FinishEvidence, FlowRequest } from '../lib/accounts/flows.js';
import type { AuthorizationAnswer } from '../lib/accounts/provider-clients.js';
import type { NewSession } from '../lib/accounts/session-ports.js';
import type { VerifiedIdentity } from '../lib/accounts/types.js';
import { toIdentity } from '../lib/dialects/genauth.js';
import type { FlowCookie } from '../lib/http/flow-cookie.js';
import { keepLastWay } from '../lib/http/own-cookie.js';
import { redirect } from '../lib/http/redirect.js';
import { factsOf } from '../lib/http/request-facts.js';
import { safeReturnTo } from '../lib/http/return-to.js';
import type { CallbackAnswer } from '../lib/pages/callback-answer.js';
import { describeError } from '../lib/support/logger.js';
import { tellOpener } from './opener.js';
import type { Parts } from './parts.js';
import { createPendingIdentityEnds } from './pending-identity.js';
import { createRepeatedCallbacks } from './repeated-callbacks.js';
import type { SameSiteHop } from './same-site-hop.js';

export interface CallbackEnd {
  readonly provider: string;
  readonly state: string;
  readonly answer: CallbackAnswer;
  /** The provider posted it. */
  readonly posted: boolean;
}

type CallbackRequest = Omit<FlowRequest, 'door'>;

interface Trip {
  readonly flow: Flow;
  readonly finished: Finished;
}

const codeIs = (error: unknown, code: FailureCode) => error instanceof LatchkeyError && error.code === code;

type Linking = NonNullable<ReturnType<Parts['paths']['linkingOf']>>;

/** What a browser at the callback shows for a flow to be its own. */
export function evidenceOf(flowCookie: FlowCookie, req: Request): FinishEvidence {
  return { browserSecret: flowCookie.read(req), fromBrowser: true, bindingSecret: undefined };
}

export function createCallbackEnd(
  parts: Parts,
  hop: SameSiteHop,
): (req: Request, res: Response, callbackEnd: CallbackEnd) => Promise<void> {
  const { config, cookieSessions, deviceCookie, flowCookie, flows, logger, flashCookie, paths, renewSession, repository, show } = parts;
  const { authorizations } = parts;
  const starts = { 'sign-in': paths.start, link: paths.startLinking, reauthenticate: paths.startAgain };
  const repeated = createRepeatedCallbacks(parts);
  const pendings = createPendingIdentityEnds(parts);

  /** From here on what fails is a failure of this flow, and is answered as its beginning asked. */
  function noteFlow(req: Request, { provider, intent, entry, returnTo = '/' }: Flow): void {
    const current = factsOf(req);
    if (intent.kind === 'link') current.action = 'auth.oauth.link';
    current.toOpener = entry === 'popup';
    current.resumeAt = starts[intent.kind](provider, returnTo);
  }

  /**
   * Of a flow that is gone only the browser knows where it was to lead. It is asked about the last flow it began, whatever came back:
   * a flow that is too old looks like one that never was.
   */
  function noteNoFlow(req: Request): void {
    const last = flowCookie.lastTrip(req);
    if (last !== undefined && config.providers.has(last.provider)) factsOf(req).resumeAt = starts[last.why](last.provider, last.returnTo);
  }

  /**
   * Whoever had to sign in before they could link goes on to that other provider at once: to the browser a redirect to
   * `/auth/…/link` would come from the first provider's site, like the lure of a stranger, and be refused as one.
   */
  async function goOnLinking(req: Request, res: Response, opened: NewSession, { provider, returnTo }: Linking): Promise<void> {
    const current = factsOf(req);
    const { userId } = opened;
    const linkTo = (await repository.findAccount(userId))?.account;
    const isHosts = current.signedIn?.by === 'host' && current.signedIn.account.user.id !== userId;
    if (linkTo === undefined || isHosts || !config.providers.has(provider)) return redirect(res, 302, paths.connections);
    Object.assign(current, { action: 'auth.oauth.link', provider, resumeAt: paths.connections });
    current.signedIn = { account: linkTo, session: undefined, by: current.signedIn?.by ?? 'cookie' };
    const safe = safeReturnTo(returnTo, config.baseUrl);
    const url = await authorizations.prepare({
      ...{ provider, entry: 'browser', linkTo, preparedIn: { id: opened.id, idles: true }, hint: undefined },
      returnTo: safe,
      binding: { kind: 'browser', secret: flowCookie.ensure(req, res, { provider, why: 'link', returnTo: safe }) },
    });
    redirect(res, 302, url);
  }

  async function arrive(req: Request, res: Response, finished: Finished, { entry, intent, provider, returnTo = '/' }: Flow): Promise<void> {
    if (finished.kind === 'signed-in') {
      const { user, session } = finished;
      if (parts.localAccounts) deviceCookie.remember(req, res, user.id);
      keepLastWay(config.baseUrl, res, provider);
      // A flow that proves who somebody is leaves what the host keeps in their session, and is no sign-in beside the host's.
      const keep = intent.kind === 'reauthenticate';
      const proofOnly = keep && factsOf(req).signedIn?.by === 'host';
      await cookieSessions.begin(req, res, { userId: user.id, sessionId: session.id, proofOnly }, { keep });
      if (returnTo === paths.join) return await pendings.join(req, res, finished, 302);
      const linking = paths.linkingOf(returnTo);
      return linking === undefined ? redirect(res, 302, returnTo) : await goOnLinking(req, res, session, linking);
    }
    await renewSession(req, res);
    if (entry === 'browser') {
      flashCookie.leave(res, { kind: 'linked', provider });
      return redirect(res, 302, returnTo);
    }
    const account = (await repository.findAccount(finished.userId))?.account;
    const identities = (account?.links ?? []).map((link) => toIdentity(config, link));
    show(req, res, tellOpener(config, { success: true, errMsg: '', identities }));
  }

  /** Leaves word for the same callback, should it come again. It never throws: what was done is done. */
  async function settle(req: Request, request: CallbackRequest, end: FlowEnd | undefined): Promise<void> {
    await flows.settle(request, end).catch((error: unknown) => {
      const { correlationId } = factsOf(req).context;
      logger.warn({ err: describeError(error), correlationId }, 'the end of a flow could not be stored');
    });
  }

  async function settleDone(req: Request, res: Response, request: CallbackRequest, { flow, finished }: Trip): Promise<void> {
    const session = await cookieSessions.read(req).catch(() => undefined);
    await settle(req, request, {
      state: 'done',
      goTo: res.getHeader('location')?.toString(),
      linkedTo: finished.kind === 'linked' ? finished.userId : undefined,
      session: session && { ...session, keep: flow.intent.kind !== 'sign-in' },
    });
  }

  return async (req, res, { provider, state, answer, posted }) => {
    const current = factsOf(req);
    current.action = 'auth.oauth.sign_in';
    let flow: Flow | undefined;
    let identity: VerifiedIdentity | undefined;
    const given: AuthorizationAnswer = {
      code: answer.code,
      error: answer.error,
      iss: answer.iss,
      user: answer.user,
      posted,
      issMayBeMissing: false,
    };
    const request: CallbackRequest = {
      provider,
      id: state,
      evidence: evidenceOf(flowCookie, req),
      userId: current.signedIn?.account.user.id,
      sessionId: current.signedIn?.session?.id,
    };
    if (await hop.ofSession(req, res, { ...request, answer })) return;
    try {
      const finished = await authorizations.finish(
        {
          ...request,
          door: 'callback',
          answer: given,
          onFlow: (taken) => {
            flow = taken;
            noteFlow(req, taken);
          },
          onIdentity: (named) => {
            identity = named;
          },
        },
        current.context,
      );
      if (flow === undefined) throw new TypeError('A finished callback had a flow');
      await arrive(req, res, finished, flow);
      await settleDone(req, res, request, { flow, finished });
    } catch (error) {
      const question = await pendings.ask(req, res, { flow, identity, error });
      if (question !== undefined) {
        await settle(req, request, { state: 'done', goTo: question, linkedTo: undefined, session: undefined });
        throw error;
      }
      // Asked again, the person goes on to where the first proof was to lead.
      if (flow !== undefined && codeIs(error, 'reauthentication_required')) current.resumeAt = flow.returnTo;
      // What cannot be asked for anything will forget nothing either, and a person waits.
      if (flow !== undefined && !codeIs(error, 'unavailable')) await settle(req, request, undefined);
      else if (
        codeIs(error, 'flow_expired') &&
        ((await hop.ofUser(req, res, { ...request, answer })) || (await repeated(req, res, request)))
      )
        return;
      if (flow === undefined && codeIs(error, 'flow_expired')) noteNoFlow(req);
      throw error;
    }
  };
}

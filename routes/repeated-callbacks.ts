// A browser comes to the callback again with the same flow: by a reload, a double click, the back button.

import { setTimeout as pause } from 'node:timers/promises';
import type { Request, Response } from 'express';
import type { DoneFlow, FlowEnd, SessionOfFlow } from '../lib/accounts/flow.js';
import type { FlowRequest } from '../lib/accounts/flows.js';
import { toIdentity } from '../lib/dialects/genauth.js';
import { redirect } from '../lib/http/redirect.js';
import type { SessionContent } from '../lib/sessions/session-carrier.js';
import { tellOpener } from './opener.js';
import type { Parts } from './parts.js';

/** Longer than a provider may take; then the browser is sent on all the same. Milliseconds. */
const PATIENCE_MS = 6_000;
const POLL_MS = 100;

type CallbackRequest = Omit<FlowRequest, 'door'>;

/** Answers a browser that comes again; false where it never came before, or what it brought came to nothing. */
export type RepeatedCallbacks = (req: Request, res: Response, request: CallbackRequest) => Promise<boolean>;

export function createRepeatedCallbacks(parts: Parts): RepeatedCallbacks {
  const { config, cookieSessions, deviceCookie, flows, liveSessions, repository, show } = parts;

  async function settled(request: CallbackRequest): Promise<FlowEnd | undefined> {
    const giveUpAt = Date.now() + PATIENCE_MS;
    for (;;) {
      const end = await flows.end(request);
      if (end?.state !== 'under-way' || Date.now() > giveUpAt) return end;
      await pause(POLL_MS);
    }
  }

  async function lives({ userId, sessionId }: SessionContent): Promise<boolean> {
    const found = await liveSessions.find(userId, { id: sessionId, idles: true });
    return found?.account.user.status === 'active';
  }

  /**
   * A browser drops the answer to a click that is followed by another, cookie and all, while the session that it carried has
   * another id since. So it gets the session once more: the same sign-in, if that still stands and no other has come after it.
   */
  async function resume(req: Request, res: Response, { keep, ...content }: SessionOfFlow): Promise<void> {
    const now = await cookieSessions.read(req);
    const another = now !== undefined && now.sessionId !== content.sessionId && (await lives(now));
    if (another || !(await lives(content))) return;
    if (parts.localAccounts) deviceCookie.remember(req, res, content.userId);
    await cookieSessions.begin(req, res, content, { keep });
  }

  async function goOn(req: Request, res: Response, { goTo, linkedTo, session }: DoneFlow): Promise<void> {
    if (session !== undefined) await resume(req, res, session);
    if (goTo !== undefined) return redirect(res, 302, goTo);
    const account = linkedTo === undefined ? undefined : (await repository.findAccount(linkedTo))?.account;
    const identities = (account?.links ?? []).map((link) => toIdentity(config, link));
    show(req, res, tellOpener(config, { success: true, errMsg: '', identities }));
  }

  return async (req, res, request) => {
    const end = await settled(request);
    if (end?.state === 'done') await goOn(req, res, end);
    else if (end?.goTo !== undefined) redirect(res, 302, end.goTo);
    return end?.state === 'done' || end?.goTo !== undefined;
  };
}

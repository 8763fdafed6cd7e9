// What a person reads when something on a page was refused, and how they can go on.

import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { FailureCode, LatchkeyError } from '../lib/accounts/errors.js';
import { usableMethods } from '../lib/accounts/usable-methods.js';
import { httpStatusOf } from '../lib/dialects/biore.js';
import { browser } from '../lib/dialects/browser.js';
import { lastWayOf } from '../lib/http/own-cookie.js';
import { redirect } from '../lib/http/redirect.js';
import { factsOf } from '../lib/http/request-facts.js';
import { failing, sendBy } from '../lib/middleware/respond.js';
import type { Parts } from './parts.js';

/** A browser that navigates takes a page; a script that asks for nothing in particular gets JSON. */
export function wantsPage(req: Request): boolean {
  return req.accepts(['json', 'html']) === 'html';
}

/** Where the person goes on after signing in (again). */
export function resumeAt(pathOf: (req: Request) => string): RequestHandler {
  return (req, _res, next) => {
    factsOf(req).resumeAt = pathOf(req);
    next();
  };
}

/** A name that cannot be percent-decoded names no provider, so it is the host's like any other. */
export const undecodable: ErrorRequestHandler = (thrown: unknown, _req, _res, next) =>
  next(thrown instanceof URIError ? undefined : thrown);

/** Their page is the sign-in page, with what went wrong. */
const ASK_TO_SIGN_IN: ReadonlySet<FailureCode> = new Set(['unauthenticated', 'invalid_credentials']);

export interface PageFailureOptions {
  /** Answers where a router knows better than the common pages; false leaves the failure to them. */
  ownPage?(req: Request, res: Response, failure: LatchkeyError, status: number): boolean | Promise<boolean>;
  /** A page for scripts, too. Default false. */
  readonly always?: boolean;
}

/** The last handler of a router of pages. */
export function failOnPage(parts: Parts, { ownPage, always = false }: PageFailureOptions = {}): ErrorRequestHandler {
  const { config, repository, show, usable, views, paths } = parts;
  const options = { ...parts, debug: config.debug };
  const asJson = sendBy(browser, options);

  async function commonPage(req: Request, res: Response, failure: LatchkeyError, status: number): Promise<void> {
    const { signedIn, resumeAt: resume } = factsOf(req);
    const { code } = failure;
    const elsewhere = code === 'unauthenticated' ? paths.hostSignIn(resume ?? paths.connections) : undefined;
    if (elsewhere !== undefined) {
      redirect(res, 303, elsewhere);
    } else if (code === 'reauthentication_required' && signedIn !== undefined) {
      const methods = await usableMethods(signedIn.account, repository, usable);
      show(req, res, views.reauthenticate(signedIn.account, methods, resume ?? paths.connections), { status, failure });
    } else if (ASK_TO_SIGN_IN.has(code)) {
      const email: unknown = req.body?.email;
      // Nobody need be told that they are signed out; it is what the page is for.
      const told = code === 'unauthenticated' ? {} : { failure };
      const known = { email: typeof email === 'string' ? email : '', lastWay: lastWayOf(config.baseUrl, req) };
      show(req, res, views.signIn(resume ?? paths.connections, known), { status, ...told });
    } else {
      show(req, res, { kind: 'failure', retryUrl: resume }, { status, failure });
    }
  }

  return failing('browser', options, async (req, res, failure) => {
    if (!always && !wantsPage(req)) {
      asJson(req, res, failure);
      return;
    }
    const status = httpStatusOf(failure);
    if ((await ownPage?.(req, res, failure, status)) !== true) await commonPage(req, res, failure, status);
  });
}

/** For a page of somebody's account: what they can mend there is told on the page itself, and who came by another spelling of the host is sent to BASE_URL. */
export function onAccountPage(
  { elsewhere }: Pick<Parts, 'elsewhere'>,
  onThePage: ReadonlySet<FailureCode>,
  showAgain: (req: Request, res: Response, failure: LatchkeyError, status: number) => Promise<void>,
): NonNullable<PageFailureOptions['ownPage']> {
  return async (req, res, failure, status) => {
    const better = req.method === 'GET' && failure.code === 'unauthenticated' ? elsewhere(req) : undefined;
    if (better !== undefined) {
      redirect(res, 302, better);
      return true;
    }
    const isShown = factsOf(req).signedIn !== undefined && onThePage.has(failure.code);
    if (isShown) await showAgain(req, res, failure, status);
    return isShown;
  };
}

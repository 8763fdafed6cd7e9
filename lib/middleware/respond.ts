// One answer per request, in the dialect's envelope; a failure is recorded and logged, and its cause is never sent.

import type { ErrorRequestHandler, NextFunction, Request, RequestHandler, Response } from 'express';
import { LatchkeyError, toLatchkeyError } from '../accounts/errors.js';
import type { AccountRepository } from '../accounts/ports.js';
import type { Dialect, WireAnswer } from '../dialects/dialect.js';
import { factsOf } from '../http/request-facts.js';
import { describeError, type Logger } from '../support/logger.js';
import { securityHeaders } from './security-headers.js';

type AsyncHandler = (req: Request, res: Response, next: NextFunction) => unknown;

/** A handler that gives a promise: Express 4 looks at none, so whatever it is rejected with goes to `next` here. */
export function handleAsync(handle: AsyncHandler): RequestHandler {
  return async (req, res, next) => {
    try {
      await handle(req, res, next);
    } catch (error) {
      next(error);
    }
  };
}

/** Not by Express, whose settings for JSON are the host's, and which makes an ETag of an answer that nobody may keep. */
export function send(res: Response, { status, body }: WireAnswer): void {
  res.status(status).setHeader('Content-Type', 'application/json; charset=utf-8').end(JSON.stringify(body));
}

/** Awaits the one call of a route, and answers with what it returns. */
export function respond(dialect: Dialect, call: (req: Request, res: Response) => unknown): RequestHandler {
  return handleAsync(async (req, res) => {
    send(res, dialect.success(await call(req, res)));
  });
}

export interface FailureOptions {
  readonly repository: Pick<AccountRepository, 'audit'>;
  readonly logger: Logger;
  readonly debug: boolean;
}

/** Anonymous floods and outages are for the log; everything else that was tried and refused gets its audit row. */
const NOT_AUDITED: ReadonlySet<string> = new Set(['rate_limited', 'unavailable', 'unauthenticated']);

async function writeDown(req: Request, error: LatchkeyError, { repository, logger }: FailureOptions): Promise<void> {
  const { action, context, signedIn, provider } = factsOf(req);
  const isStrangers = error.code === 'cross_site_request' && signedIn === undefined;
  if (action === undefined || isStrangers || NOT_AUDITED.has(error.code)) return;
  const detail = { reason: error.code, ...(error.detail === undefined ? {} : { detail: error.detail.slice(0, 500) }) };
  const event = { event: `${action}.failure`, userId: signedIn?.account.user.id, provider, detail } as const;
  await repository.audit(event, context).catch((cause: unknown) => {
    logger.error({ err: describeError(cause), correlationId: context.correlationId }, 'the audit row of a failure could not be written');
  });
}

/** A path that cannot be percent-decoded is the client's mistake, not ours. */
function understand(thrown: unknown): LatchkeyError {
  return thrown instanceof URIError ? new LatchkeyError('validation_failed', { cause: thrown }) : toLatchkeyError(thrown);
}

/** How a failure is sent; the headers of our answers are set by then. */
export type SendFailure = (req: Request, res: Response, error: LatchkeyError) => unknown;

/** The last handler of a dialect's router: no envelope leaks into another. */
export function failWith(dialect: Dialect, options: FailureOptions): ErrorRequestHandler {
  return failing(dialect.name, options, sendBy(dialect, options));
}

/** Sends a failure in the dialect's envelope. */
export function sendBy(dialect: Dialect, { debug }: Pick<FailureOptions, 'debug'>): SendFailure {
  return (req, res, error) => send(res, dialect.failure(error, { correlationId: factsOf(req).context.correlationId, debug }));
}

/** Logs a failure, writes it down, and has it sent. */
export function failing(dialect: Dialect['name'], options: FailureOptions, sendFailure: SendFailure): ErrorRequestHandler {
  return async (thrown: unknown, req, res, next) => {
    const error = understand(thrown);
    const facts = factsOf(req);
    facts.failure = error.code;
    const { context, provider } = facts;
    const { correlationId } = context;
    const log = { code: error.code, detail: error.detail, correlationId, dialect };
    if (error.code === 'internal') options.logger.error({ ...log, err: describeError(error.cause) }, 'request failed');
    else if (error.code === 'unavailable') options.logger.warn({ ...log, err: describeError(error.cause) }, 'request failed');
    else if (error.code === 'provider_failed') options.logger.warn({ ...log, provider, ...error.difference }, 'the provider failed');
    // Nobody but the operator can mend it: the detail names the column.
    else if (error.code === 'sign_up_refused') options.logger.warn({ ...log, provider }, 'the users table refused the new user');
    else options.logger.info(log, 'request refused');
    await writeDown(req, error, options);
    if (res.headersSent) return next(thrown);
    if (error.retryAfter !== undefined) res.setHeader('Retry-After', String(error.retryAfter));
    // A path that could not be decoded came here past every handler of the route.
    securityHeaders(req, res, () => handleAsync(() => sendFailure(req, res, error))(req, res, next));
  };
}

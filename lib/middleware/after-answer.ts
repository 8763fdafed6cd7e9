// Work that an answer must not wait for, nor tell of: how long it takes depends on who somebody is.

import type { Request, Response } from 'express';
import { describeError } from '../describe-error.js';
import type { Logger } from '../logger.js';
import { currentOf } from './current.js';

/** Runs `work` when the answer has gone out, or the client has. What goes wrong is logged. */
export type AfterAnswer = (req: Request, res: Response, work: () => Promise<void>) => void;

export function createAfterAnswer(logger: Logger): AfterAnswer {
  return (req, res, work) => {
    const { correlationId } = currentOf(req).context;
    res.once('close', () => {
      work().catch((error: unknown) => logger.error({ err: describeError(error), correlationId }, 'what was to follow an answer failed'));
    });
  };
}

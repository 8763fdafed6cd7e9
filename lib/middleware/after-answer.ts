// Work that an answer must neither wait for nor reveal: its duration depends on who the user is.

import type { Request, Response } from 'express';
import { factsOf } from '../http/request-facts.js';
import { describeError, type Logger } from '../support/logger.js';

export interface AfterAnswer {
  /** Runs `work` when the answer has gone out, or the client has. What goes wrong is logged. */
  run(req: Request, res: Response, work: () => Promise<void>): void;
  /** Settles when nothing is under way. */
  idle(): Promise<void>;
}

export function createAfterAnswer(logger: Logger): AfterAnswer {
  const running = new Set<Promise<void>>();

  async function done(work: () => Promise<void>, correlationId: string): Promise<void> {
    try {
      await work();
    } catch (error) {
      logger.error({ err: describeError(error), correlationId }, 'the work after an answer failed');
    }
  }

  return {
    run(req, res, work) {
      const { correlationId } = factsOf(req).context;
      res.once('close', () => {
        const each = done(work, correlationId);
        running.add(each);
        void each.then(() => running.delete(each));
      });
    },
    async idle() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

// A database that is away is worth two lines in the log: one when it goes, one when it is back.

import type { Logger } from '../logger.js';
import { failureText } from './failure-text.js';

export interface OutageLog {
  failed(error: unknown): void;
  worked(): void;
}

export function createOutageLog(logger: Logger): OutageLog {
  let out = false;
  return {
    failed(error) {
      if (!out) logger.error({ error: failureText(error) }, 'The mail outbox cannot be reached; trying on');
      out = true;
    },
    worked() {
      if (out) logger.info({}, 'The mail outbox can be reached again');
      out = false;
    },
  };
}

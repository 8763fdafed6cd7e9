// A database outage is worth two lines in the log: one when it begins, one when it ends.

import type { Logger } from '../support/logger.js';
import { failureText } from './failed-deliveries.js';

export interface OutageLog {
  failed(error: unknown): void;
  worked(): void;
}

export function createOutageLog(name: string, logger: Logger): OutageLog {
  let out = false;
  return {
    failed(error) {
      if (!out) logger.error({ error: failureText(error) }, `The outbox of ${name} cannot be reached; trying again`);
      out = true;
    },
    worked() {
      if (out) logger.info({}, `The outbox of ${name} can be reached again`);
      out = false;
    },
  };
}

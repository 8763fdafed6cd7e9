// Where warnings and errors go when the host names no logger: one JSON line each, on standard output.

import { pino } from 'pino';
import type { Logger } from './logger.js';

export function defaultLogger(): Logger {
  return pino({ name: 'express-latchkey', level: 'warn' });
}

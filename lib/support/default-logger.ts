// Where warnings and errors go when the host names no logger: one JSON line each, on standard output, as pino would write them.

import type { Logger } from './logger.js';

const LEVELS = { warn: 40, error: 50 } as const;

function line(level: keyof typeof LEVELS, facts: object, msg: string): string {
  const fixed = { level: LEVELS[level], time: Date.now(), name: 'express-latchkey' };
  try {
    return JSON.stringify({ ...fixed, ...facts, msg });
  } catch {
    return JSON.stringify({ ...fixed, msg });
  }
}

export function defaultLogger(): Logger {
  const write = (level: keyof typeof LEVELS) => (facts: object, msg: string) => void process.stdout.write(`${line(level, facts, msg)}\n`);
  return { info: () => undefined, warn: write('warn'), error: write('error') };
}

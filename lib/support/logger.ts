// Logging: the interface, which a pino logger fits as it is; the default if the host passes none; and an error in the form that a log may keep.

/** Logs plain objects: never put a secret, a token or an e-mail address into one. */
export interface Logger {
  info(obj: object, msg: string): void;
  warn(obj: object, msg: string): void;
  error(obj: object, msg: string): void;
}

/** Logs nothing. */
export const silentLogger: Logger = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

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

export interface ErrorDescription {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: ErrorDescription;
}

const DEPTH = 4;

export function describeError(error: unknown, depth = DEPTH): ErrorDescription {
  if (!(error instanceof Error)) return { name: 'thrown', message: typeof error };
  const code = 'code' in error && (typeof error.code === 'string' || typeof error.code === 'number') ? { code: String(error.code) } : {};
  const stack = error.stack === undefined ? {} : { stack: error.stack };
  const cause = error.cause === undefined || depth === 0 ? {} : { cause: describeError(error.cause, depth - 1) };
  return { name: error.name, message: error.message.slice(0, 500), ...code, ...stack, ...cause };
}

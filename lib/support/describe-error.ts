// An error as a log may keep it: no SQL, no parameters, no bodies, which drivers and clients hang on their errors.

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

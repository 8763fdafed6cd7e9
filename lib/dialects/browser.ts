// The answers to scripts at `/auth/…`: plain JSON, and real HTTP statuses.

import { httpStatusOf } from './biore.js';
import type { Dialect } from './dialect.js';

export const browser: Dialect = {
  name: 'browser',
  success: (data) => ({ status: 200, body: data as Readonly<Record<string, unknown>> }),
  failure(error, context) {
    const { code, message, detail } = error;
    const internal = context.debug && detail !== undefined ? { detail } : {};
    return {
      status: httpStatusOf(error),
      body: { error: { code, message, ...internal, correlation_id: context.correlationId } },
    };
  },
};

// Bodies are JSON, small, and sent as such; a host's parser may have read one already.

import express, { type Request, type RequestHandler } from 'express';
import { LatchkeyError } from '../accounts/errors.js';
import { unparsedBody } from '../http/read-body.js';

const LIMIT_BYTES = 16 * 1024;

const parse = express.json({ limit: LIMIT_BYTES, strict: false, type: () => true });

function toFailure(error: unknown): LatchkeyError {
  const type = error instanceof Error && 'type' in error ? error.type : undefined;
  if (type === 'entity.too.large') return new LatchkeyError('payload_too_large', { cause: error });
  if (type === 'charset.unsupported' || type === 'encoding.unsupported')
    return new LatchkeyError('unsupported_media_type', { cause: error });
  return new LatchkeyError('validation_failed', { cause: error });
}

/** body-parser 1, of Express 4, leaves `{}` on requests that it did not read. */
function isUnread({ body, readableDidRead }: Request): boolean {
  return !readableDidRead && typeof body === 'object' && body !== null && Object.keys(body).length === 0;
}

/** What the host's `raw()` or `text()` has read. @throws LatchkeyError */
function parseRead(text: string): unknown {
  if (Buffer.byteLength(text) > LIMIT_BYTES) throw new LatchkeyError('payload_too_large');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw toFailure(error);
  }
}

/** `unsupported_media_type` unless the body says `application/json`, `payload_too_large` above 16 KiB. */
export const jsonBody: RequestHandler = (req, res, next) => {
  const length = Number(req.headers['content-length'] ?? 0);
  if (length === 0 && req.headers['transfer-encoding'] === undefined) return next();
  if (!/^application\/json\s*(?:;|$)/i.test(req.headers['content-type'] ?? '')) return next(new LatchkeyError('unsupported_media_type'));
  if (length > LIMIT_BYTES) return next(new LatchkeyError('payload_too_large'));
  const unparsed = unparsedBody(req);
  if (unparsed !== undefined) {
    try {
      req.body = parseRead(unparsed);
      return next();
    } catch (error) {
      return next(error);
    }
  }
  if (req.body !== undefined && !isUnread(req)) return next();
  parse(req, res, (error?: unknown) => next(error === undefined ? undefined : toFailure(error)));
};

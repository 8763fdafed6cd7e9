// Bodies must be JSON or a form, small, and labelled as such; a host's parser may have read one already.

import { parse as parseQuery } from 'node:querystring';
import express, { type Request, type RequestHandler } from 'express';
import { LatchkeyError } from '../accounts/errors.js';

const LIMIT_BYTES = 16 * 1024;
const FORM = 'application/x-www-form-urlencoded';

const parseJson = express.json({ limit: LIMIT_BYTES, strict: false, type: () => true });
const parseForm = express.urlencoded({ extended: false, limit: LIMIT_BYTES, type: () => true });

/** What the host's `raw()` or `text()` has left, as text; undefined for a body that is parsed, or that nobody has read. */
function unparsedBody({ body }: Request): string | undefined {
  const found: unknown = body;
  if (Buffer.isBuffer(found)) return found.toString('utf8');
  return typeof found === 'string' ? found : undefined;
}

/** body-parser 1, of Express 4, leaves `{}` on requests that it did not read. */
function isUnread({ body, readableDidRead }: Request): boolean {
  return !readableDidRead && typeof body === 'object' && body !== null && Object.keys(body).length === 0;
}

function jsonFailure(error: unknown): LatchkeyError {
  const type = error instanceof Error && 'type' in error ? error.type : undefined;
  if (type === 'entity.too.large') return new LatchkeyError('payload_too_large', { cause: error });
  if (type === 'charset.unsupported' || type === 'encoding.unsupported')
    return new LatchkeyError('unsupported_media_type', { cause: error });
  return new LatchkeyError('validation_failed', { cause: error });
}

/** @throws LatchkeyError */
function readJson(text: string): unknown {
  if (Buffer.byteLength(text) > LIMIT_BYTES) throw new LatchkeyError('payload_too_large');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw jsonFailure(error);
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
      req.body = readJson(unparsed);
      return next();
    } catch (error) {
      return next(error);
    }
  }
  if (req.body !== undefined && !isUnread(req)) return next();
  parseJson(req, res, (error?: unknown) => next(error === undefined ? undefined : jsonFailure(error)));
};

function noForm(cause?: unknown): LatchkeyError {
  return new LatchkeyError('unsupported_media_type', { message: `Content-Type must be ${FORM}`, cause });
}

function formFailure(error: unknown): LatchkeyError {
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  if (status === 413) return new LatchkeyError('payload_too_large', { cause: error });
  return status === 415 ? noForm(error) : new LatchkeyError('validation_failed', { cause: error });
}

/**
 * Leaves the fields in `req.body`; those that a host's parser has read already stay as they are.
 * `unsupported_media_type` for anything but a form, `payload_too_large` above 16 KiB.
 */
export const formBody: RequestHandler = (req, res, next) => {
  if (!/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(req.headers['content-type'] ?? '')) return next(noForm());
  if (Number(req.headers['content-length'] ?? 0) > LIMIT_BYTES) return next(new LatchkeyError('payload_too_large'));
  const unparsed = unparsedBody(req);
  if (unparsed !== undefined) {
    if (Buffer.byteLength(unparsed) > LIMIT_BYTES) return next(new LatchkeyError('payload_too_large'));
    req.body = { ...parseQuery(unparsed) };
    return next();
  }
  parseForm(req, res, (error?: unknown) => next(error === undefined ? undefined : formFailure(error)));
};

/** The same, where a form may have no fields at all. */
export const optionalFormBody: RequestHandler = (req, res, next) => {
  const empty = Number(req.headers['content-length'] ?? 0) === 0 && req.headers['transfer-encoding'] === undefined;
  return empty ? next() : formBody(req, res, next);
};

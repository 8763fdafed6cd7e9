// A posted form: small, and sent as one.

import { parse as parseQuery } from 'node:querystring';
import express, { type RequestHandler } from 'express';
import { LatchkeyError } from '../accounts/errors.js';
import { unparsedBody } from '../http/read-body.js';

const LIMIT_BYTES = 16 * 1024;
const TYPE = 'application/x-www-form-urlencoded';

const parse = express.urlencoded({ extended: false, limit: LIMIT_BYTES, type: () => true });

function wrongType(cause?: unknown): LatchkeyError {
  return new LatchkeyError('unsupported_media_type', { message: `Content-Type must be ${TYPE}`, cause });
}

function toFailure(error: unknown): LatchkeyError {
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  if (status === 413) return new LatchkeyError('payload_too_large', { cause: error });
  return status === 415 ? wrongType(error) : new LatchkeyError('validation_failed', { cause: error });
}

/**
 * Leaves the fields in `req.body`; those that a host's parser has read already stay as they are.
 * `unsupported_media_type` for anything but a form, `payload_too_large` above 16 KiB.
 */
export const formBody: RequestHandler = (req, res, next) => {
  if (!/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(req.headers['content-type'] ?? '')) return next(wrongType());
  if (Number(req.headers['content-length'] ?? 0) > LIMIT_BYTES) return next(new LatchkeyError('payload_too_large'));
  const unparsed = unparsedBody(req);
  if (unparsed !== undefined) {
    if (Buffer.byteLength(unparsed) > LIMIT_BYTES) return next(new LatchkeyError('payload_too_large'));
    req.body = { ...parseQuery(unparsed) };
    return next();
  }
  parse(req, res, (error?: unknown) => next(error === undefined ? undefined : toFailure(error)));
};

/** The same, where a form may have no fields at all. */
export const optionalFormBody: RequestHandler = (req, res, next) => {
  const empty = Number(req.headers['content-length'] ?? 0) === 0 && req.headers['transfer-encoding'] === undefined;
  return empty ? next() : formBody(req, res, next);
};

// Decompresses an answer (RFC 9110, section 8.4), but no further than the size limit.

import { promisify } from 'node:util';
import { brotliDecompress, constants, gunzip, inflate, inflateRaw, type ZlibOptions } from 'node:zlib';

/** Of an answer in bytes, packed as well as unpacked. */
export const MAX_BODY = 1024 * 1024;

/** Thrown wherever an answer is found to be larger than the cap. */
export const tooLarge = () => new Error(`the body is larger than ${MAX_BODY} bytes`);

/** As browsers do, what comes before a missing end is taken. */
const ZLIB: ZlibOptions = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MAX_BODY };
const BROTLI = { finishFlush: constants.BROTLI_OPERATION_FLUSH, maxOutputLength: MAX_BODY };

const [unGzip, unZlib, unDeflate, unBrotli] = [promisify(gunzip), promisify(inflate), promisify(inflateRaw), promisify(brotliDecompress)];

/** Some send deflate without the zlib format around it; with it the low half of the first byte is 8 (RFC 1950, section 2.2). */
const hasZlibHeader = (packed: Buffer) => ((packed[0] ?? 0) & 0x0f) === 8;

async function undo(encoding: string, packed: Buffer): Promise<Buffer> {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return unGzip(packed, ZLIB);
    case 'deflate':
      return hasZlibHeader(packed) ? unZlib(packed, ZLIB) : unDeflate(packed, ZLIB);
    case 'br':
      return unBrotli(packed, BROTLI);
    default:
      return packed; // Some put a character set here; what is really packed is not understood, and refused as that.
  }
}

const isTooLarge = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';

/**
 * We ask for nothing packed, but not everybody listens.
 * @throws Error when it is larger unpacked than the cap, or cannot be unpacked
 */
export async function unpack(body: Buffer, contentEncoding: string | undefined): Promise<Buffer> {
  if (body.length === 0 || contentEncoding === undefined) return body;
  let unpacked = body;
  try {
    for (const encoding of contentEncoding.toLowerCase().split(',').reverse()) unpacked = await undo(encoding.trim(), unpacked);
  } catch (error) {
    throw isTooLarge(error) ? tooLarge() : error;
  }
  return unpacked;
}

// A body that a parser of the host's has read before us, and left as bytes or text: `express.raw()`, `express.text()`.

import type { Request } from 'express';

/** The text of it; undefined for a body that is parsed, or that nobody has read. */
export function unparsedBody({ body }: Request): string | undefined {
  const found: unknown = body;
  if (Buffer.isBuffer(found)) return found.toString('utf8');
  return typeof found === 'string' ? found : undefined;
}

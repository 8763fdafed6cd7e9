// The description of every call at its default path: the client is generated from it, and tests check answers against it.

import { type OpenApiDocument, openApiDocument, type ServedOperation } from '../../lib/openapi/document.js';
import type { OperationFamily } from '../../lib/openapi/operation.js';
import type { JsonObject } from '../../lib/openapi/schemas.js';
import { OPERATIONS } from './served.js';

const PREFIXES: Readonly<Record<OperationFamily, readonly string[]>> = {
  cloudreve: ['', '/api/v4'],
  biore: ['/api/v1'],
  genauth: ['/api/v3'],
  browser: [''],
  operations: [''],
};

/** Calls with two names in one dialect. */
const ALSO: ReadonlyMap<string, readonly string[]> = new Map([['/get-application-enabled-extidps', ['/get-extidps']]]);

export interface WholeOperation extends ServedOperation {
  /** Its paths without a prefix. */
  readonly names: readonly string[];
}

export function wholeOperations(): readonly WholeOperation[] {
  return (Object.keys(OPERATIONS) as OperationFamily[]).flatMap((family) =>
    Object.entries(OPERATIONS[family]).map(([key, operation]) => {
      const [method = '', path = ''] = key.split(' ');
      // The app chooses the path of the sign-in page; the standalone server's is `/`.
      const own = path.startsWith('/') ? path : '/';
      const names = [own, ...(ALSO.get(own) ?? [])];
      const paths = PREFIXES[family].flatMap((prefix) => names.map((name) => prefix + name));
      return { family, operation, method: method.toLowerCase(), names, paths };
    }),
  );
}

/** @param paths further paths */
export function wholeDocument(paths: JsonObject = {}): OpenApiDocument {
  const options = { title: 'Latchkey', version: '0', serverUrl: 'http://127.0.0.1', sessionCookie: 'latchkey-session', paths };
  return openApiDocument(wholeOperations(), options);
}

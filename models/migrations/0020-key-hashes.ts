// Keys of identities and addresses as 32 bytes beside the old 64 hex digits, while processes of the previous version keep running.

import { addBytes, binaryKeys, ensureUnique, fillBytes } from './binary-key.js';
import { dropColumn, hasColumn, type Migration } from './migration.js';
import { onlineDialect } from './online.js';

export const keyHashes: Migration = {
  name: '0020-key-hashes',
  online: 'beside',
  async up(context) {
    const dialect = onlineDialect(context);
    // SQLite changes the column itself: the next step.
    if (dialect === undefined) return;
    for (const key of binaryKeys(context)) {
      if (!(await hasColumn(context, key.model, key.text))) continue;
      await addBytes(context, key);
      await fillBytes(context, key, key.text);
      await ensureUnique(context, key, dialect);
    }
  },
  async down(context) {
    if (onlineDialect(context) === undefined) return;
    for (const { model, bytes } of binaryKeys(context)) await dropColumn(context, model, bytes);
  },
};

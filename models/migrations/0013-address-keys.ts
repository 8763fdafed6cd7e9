// Addresses beyond ASCII get keys by today's normal form, so that the password door finds their owner.

import { emailKey } from '../../lib/accounts/keys.js';
import { boundSql } from '../bound-sql.js';
import { quotingNames } from '../quoting.js';
import type { Migration } from './migration.js';
import type { MigrationContext } from './migration-context.js';

const PAGE = 500;

interface StoredAddress {
  readonly id: number;
  readonly email: string;
  readonly email_key: string | null;
}

/** How a database counts the bytes of a text; where they are as many as its letters, every normal form of it was the same. */
const BYTES = { mysql: 'LENGTH(email)', postgres: 'OCTET_LENGTH(email)', sqlite: 'LENGTH(CAST(email AS BLOB))' } as const;
const LETTERS = { mysql: 'CHAR_LENGTH(email)', postgres: 'CHAR_LENGTH(email)', sqlite: 'LENGTH(email)' } as const;

/** One pass over all of them; how many moved. A key that somebody else has stays theirs: two addresses that are one now were two. */
async function rekey({ queryInterface, transaction, table }: MigrationContext): Promise<number> {
  const { sequelize } = queryInterface;
  const dialect = sequelize.getDialect() as keyof typeof BYTES;
  const { select, write } = boundSql(sequelize);
  const users = quotingNames(sequelize).table(table('User'));
  const page = `SELECT id, email, email_key FROM ${users} WHERE id > $after AND ${BYTES[dialect]} <> ${LETTERS[dialect]} ORDER BY id LIMIT ${PAGE}`;
  let moved = 0;
  for (let after = 0; ; ) {
    const found = await select<StoredAddress>(page, { after }, transaction);
    for (const { id, email, email_key } of found) {
      const key = emailKey(email);
      if (email_key === null || email_key === key) continue;
      const taken = await select(`SELECT id FROM ${users} WHERE email_key = $key`, { key }, transaction);
      if (taken.length > 0) continue;
      await write(`UPDATE ${users} SET email_key = $key WHERE id = $id`, { key, id }, transaction);
      moved += 1;
    }
    const last = found.at(-1);
    if (last === undefined) return moved;
    after = Number(last.id);
  }
}

/** Taking it back changes nothing: who was found by the address still is. */
export const addressKeys: Migration = {
  name: '0013-address-keys',
  async up(context) {
    // A key that one pass lets go may be the one that another row was waiting for.
    while (context.ownUsers && (await rekey(context)) > 0);
  },
};

// Imports links, many in one transaction; existing links are never changed, so a second run changes nothing.

import type { Sequelize, Transaction } from 'sequelize';
import { subjectKey } from '../lib/accounts/keys.js';
import type { ImportReason, ReadRow } from '../lib/accounts/link-imports.js';
import type { AccountQuery } from './account-query.js';
import { keyBytes } from './binary-keys.js';
import { boundList, boundSql, type Raw } from './bound-sql.js';
import type { Models } from './define-models.js';
import { namespaceOf } from './link-origins.js';
import { quoting } from './quoting.js';
import { readable } from './readable.js';
import { writtenDate } from './times.js';
import type { Transactions } from './transactions.js';
import type { UserMapping } from './user-mapping.js';

export interface LinkImporterOptions {
  readonly sequelize: Sequelize;
  readonly models: Models;
  readonly users: UserMapping;
  readonly query: AccountQuery;
  readonly transactions: Transactions;
}

export type Fate = 'created' | 'unchanged' | ImportReason;

/** What a trial would have made; across batches nothing else remembers it. */
export type Trial = Map<string, string>;

export interface LinkImporter {
  /**
   * What becomes of each row, in one transaction: links and audit rows, or nothing of them. Identities that two processes want
   * at once are settled by the unique indexes.
   * @param trial nothing is written but into this
   * @throws ConstraintViolation: read again
   */
  bring(rows: readonly ReadRow[], trial?: Trial): Promise<readonly Fate[]>;
}

interface Standing {
  readonly userId: string;
  readonly provider: string;
  readonly namespace: string | undefined;
  readonly subject: string;
}

/** Rows of one INSERT: SQLite may know no more than 999 parameters. */
const AT_ONCE = 100;

const place = (userId: string, provider: string) => `${provider}\n${userId}`;

function isOf({ provider, namespace, subject }: Standing, { identity }: ReadRow): boolean {
  const isSame = provider === identity.provider && subject === identity.subject;
  return isSame && (namespace === undefined || identity.namespace === undefined || namespace === identity.namespace);
}

export function createLinkImporter({ sequelize, models, users, query, transactions }: LinkImporterOptions): LinkImporter {
  const { select, write } = boundSql(sequelize);
  const { table, column } = quoting(sequelize);
  const read = readable(sequelize);
  const [links, guards, audits] = [table(models.SocialLink), table(models.SignInGuard), table(models.AuditEvent)];
  const [linkedAt, createdAt] = [writtenDate(models.SocialLink, 'linkedAt'), writtenDate(models.AuditEvent, 'createdAt')];
  const userId = column(users.column('id') ?? 'id');
  const deletedAt = users.column('deletedAt');
  const alive = deletedAt === undefined ? '' : ` AND ${column(deletedAt)} IS NULL`;
  const STANDING = `SELECT ${read.column(models.SocialLink, 'userId', 'user_id')} AS user_id, provider, ${namespaceOf(sequelize, models, links)} AS namespace, subject
    FROM ${links}`;

  const toStanding = (row: Raw): Standing => ({
    userId: String(row.user_id),
    provider: String(row.provider),
    namespace: row.namespace === null ? undefined : String(row.namespace),
    subject: String(row.subject),
  });

  async function existing(ids: readonly string[], transaction: Transaction): Promise<ReadonlySet<string>> {
    const keys = ids.map(users.readId).filter((key) => key !== undefined);
    if (keys.length === 0) return new Set();
    const list = boundList('user', keys);
    const id = read.column(users.model, users.attribute('id') ?? 'id', userId);
    const found = await select(
      `SELECT ${id} AS id FROM ${table(users.model)} WHERE ${userId} IN (${list.sql})${alive}`,
      list.bind,
      transaction,
    );
    return new Set(found.map((row) => String(row.id)));
  }

  /** The first statement, and a write, as of any change to these users' ways in; the rows in one order for everybody. */
  async function lock(ids: readonly string[], transaction: Transaction): Promise<void> {
    const keys = ids.map(users.readId).filter((key) => key !== undefined);
    if (keys.length === 0) return;
    const list = boundList('user', keys);
    await write(`UPDATE ${guards} SET version = version + 1 WHERE user_id IN (${list.sql})`, list.bind, transaction);
  }

  async function standing(rows: readonly ReadRow[], ids: readonly string[], transaction: Transaction) {
    const byUser = boundList(
      'user',
      ids.map(users.readId).filter((key) => key !== undefined),
    );
    const ofUsers = byUser.sql === '' ? [] : await select(`${STANDING} WHERE user_id IN (${byUser.sql})`, byUser.bind, transaction);
    const keys = boundList('key', [...new Set(rows.flatMap(({ key, identity }) => [key, subjectKey(identity)]))].map(keyBytes));
    const ofKeys = await select(`${STANDING} WHERE identity_hash IN (${keys.sql})`, keys.bind, transaction);
    const places = new Map(ofUsers.map(toStanding).map((each) => [place(each.userId, each.provider), each]));
    const subjects = new Map<string, Standing[]>();
    for (const each of ofKeys.map(toStanding)) {
      const subject = `${each.provider}\n${each.subject}`;
      subjects.set(subject, [...(subjects.get(subject) ?? []), each]);
    }
    return {
      places,
      ownerOf: (row: ReadRow) => subjects.get(`${row.identity.provider}\n${row.identity.subject}`)?.find((each) => isOf(each, row)),
    };
  }

  /** A host may have deleted whoever had it, without a word. */
  async function isFree(row: ReadRow, transaction: Transaction): Promise<boolean> {
    if (users.ownUsers) return false;
    if ((await query.holderOf(row.identity, transaction)) !== undefined) return false;
    await query.forgetOrphan(row.identity, transaction);
    return true;
  }

  async function insert(rows: readonly ReadRow[], transaction: Transaction): Promise<void> {
    const now = createdAt(new Date());
    for (let from = 0; from < rows.length; from += AT_ONCE) {
      const some = rows.slice(from, from + AT_ONCE);
      const bind: Record<string, unknown> = { now };
      for (const [n, { userId: id, identity, key, email = null, linkedAt: at }] of some.entries())
        Object.assign(bind, {
          [`u${n}`]: users.readId(id),
          [`p${n}`]: identity.provider,
          [`n${n}`]: identity.namespace ?? null,
          [`s${n}`]: identity.subject,
          [`k${n}`]: keyBytes(key),
          [`e${n}`]: email,
          [`a${n}`]: linkedAt(at),
        });
      const linkValues = some.map((_, n) => `($u${n}, $p${n}, $n${n}, $s${n}, $k${n}, $e${n}, $a${n}, 0)`);
      const { now: _now, ...ofLinks } = bind;
      const columns = 'user_id, provider, namespace, subject, identity_hash, email, linked_at, sign_ins';
      await write(`INSERT INTO ${links} (${columns}) VALUES ${linkValues.join(', ')}`, ofLinks, transaction);
      const auditValues = some.map((_, n) => `('auth.oauth.link.success', $u${n}, $p${n}, '{"imported":true}', $now)`);
      const ofAudits = Object.fromEntries(Object.entries(bind).filter(([name]) => /^(?:now|[up]\d+)$/.test(name)));
      const audited = `INSERT INTO ${audits} (event, user_id, provider, detail, created_at) VALUES ${auditValues.join(', ')}`;
      await write(audited, ofAudits, transaction);
    }
  }

  async function fatesOf(rows: readonly ReadRow[], trial: Trial | undefined, transaction: Transaction) {
    const ids = [...new Set(rows.map((row) => row.userId))].sort();
    if (trial === undefined) await lock(ids, transaction);
    const known = await existing(ids, transaction);
    const { places, ownerOf } = await standing(rows, ids, transaction);
    /** What this run makes: the user by identity, the identity by place. */
    const made = trial ?? new Map<string, string>();
    const fateOf = async (row: ReadRow): Promise<Fate> => {
      if (!known.has(row.userId)) return 'unknown_user';
      const own = place(row.userId, row.identity.provider);
      const [at, madeAt, madeFor] = [places.get(own), made.get(own), made.get(row.key)];
      if ((at !== undefined && isOf(at, row)) || madeAt === row.key) return 'unchanged';
      const owner = ownerOf(row);
      const isTaken = madeFor !== undefined || (owner !== undefined && owner.userId !== row.userId);
      if (isTaken && (madeFor !== undefined || !(await isFree(row, transaction)))) return 'identity_taken';
      if (at !== undefined || madeAt !== undefined) return 'other_link';
      made.set(own, row.key).set(row.key, row.userId);
      return 'created';
    };
    const fates: Fate[] = [];
    for (const row of rows) fates.push(await fateOf(row));
    return fates;
  }

  return {
    bring: (rows, trial) =>
      transactions.write(async (transaction) => {
        const fates = await fatesOf(rows, trial, transaction);
        if (trial === undefined)
          await insert(
            rows.filter((_, n) => fates[n] === 'created'),
            transaction,
          );
        return fates;
      }),
  };
}

// Reads users with what hangs on them, one statement each, without building model instances.

import { DataTypes, type Sequelize, type Transaction } from 'sequelize';
import { emailKey, identityKey, isEmailAddress, normalEmail, subjectKey } from '../lib/accounts/keys.js';
import type { FoundSession, Session, SessionKind, SessionRecord } from '../lib/accounts/ports.js';
import { isSuccessor, type Tenure } from '../lib/accounts/successors.js';
import type { Account, Group, Identity, SocialLink, User, UserStatus } from '../lib/accounts/types.js';
import { spellingsOf } from './address-spellings.js';
import { boundList, boundSql, type Raw } from './bound-sql.js';
import { isOtherCharset } from './database-errors.js';
import type { Models, Table } from './define-models.js';
import { placeholderKey } from './placeholders.js';
import { quoting } from './quoting.js';
import { readable } from './readable.js';
import { type DateColumns, databaseNow, dateColumns, fromMillis } from './times.js';
import type { UserFact, UserMapping } from './user-mapping.js';

const text = (value: unknown) => (value === null || value === undefined || value === '' ? undefined : String(value));
/** An empty text is something to know. */
const known = (value: unknown) => (value === null || value === undefined ? undefined : String(value));
/** Who was deleted softly stays a member of the table, and does not come in. */
const statusOf = (row: Raw) =>
  row.u_deletedAt === null || row.u_deletedAt === undefined ? (text(row.u_status) ?? 'active') : 'sys_banned';
type ReadDate = DateColumns['parse'];

/** For users of a host, who have no group of ours. */
const HOST_GROUP: Group = { id: 2, name: 'User', permission: 'hAg=', directLinkBatchSize: 0, trashRetention: 0 };

function toGroup(row: Raw): Group {
  if (row.g_id === undefined || row.g_id === null) return HOST_GROUP;
  return {
    id: Number(row.g_id),
    name: String(row.g_name),
    permission: String(row.g_permission),
    directLinkBatchSize: Number(row.g_direct_link_batch_size),
    trashRetention: Number(row.g_trash_retention),
  };
}

function tenureOf(row: Raw, date: ReadDate): Tenure {
  const remembered = known(row.k_user_created_at);
  return { createdAt: date(row.u_createdAt), remembered: remembered === undefined ? undefined : fromMillis(remembered) };
}

/** What stood in the column after this product had written no password is none, as long as it stands there. */
function passwordOf(row: Raw, date: ReadDate): string | undefined {
  const stored = text(row.u_passwordHash);
  const isPlaceholder = stored !== undefined && placeholderKey(stored) === text(row.k_no_password);
  return isPlaceholder && !isSuccessor(tenureOf(row, date)) ? undefined : stored;
}

function toUser(row: Raw, date: ReadDate): User {
  const email = text(row.u_email);
  return {
    id: String(row.u_id),
    email,
    // A boolean, a number, or what a driver makes of it that converts nothing.
    emailVerified: ['true', '1'].includes(String(row.u_emailVerified)),
    nickname: text(row.u_nickname) ?? email?.split('@')[0] ?? '',
    passwordHash: passwordOf(row, date),
    emailKey: text(row.u_emailKey),
    status: statusOf(row) as UserStatus,
    createdAt: date(row.u_createdAt) ?? new Date(0),
    avatar: text(row.u_avatar) ?? '',
    preferredTheme: text(row.u_preferredTheme) ?? '',
    language: text(row.u_language) ?? '',
    credit: Number(row.u_credit ?? 0),
    group: toGroup(row),
  };
}

function toLink(row: Raw, date: ReadDate): SocialLink {
  return {
    id: String(row.l_id),
    userId: String(row.l_user_id),
    provider: String(row.l_provider),
    subject: String(row.l_subject),
    namespace: text(row.l_namespace),
    hostedDomain: known(row.l_hosted_domain),
    email: text(row.l_email),
    name: text(row.l_name),
    picture: text(row.l_picture),
    linkedAt: date(row.l_linked_at) ?? new Date(0),
    lastUsedAt: date(row.l_last_used_at),
    sealedTokens: text(row.l_tokens),
  };
}

function toSession(row: Raw): Session {
  return {
    id: String(row.s_id),
    userId: String(row.s_user_id),
    linkId: text(row.s_link_id),
    generation: Number(row.s_generation),
    stateVersion: Number(row.s_state_version),
    rotatedAt: fromMillis(row.s_rotated_at),
    createdAt: fromMillis(row.s_created_at),
    expiresAt: fromMillis(row.s_expires_at),
    revokedAt: row.s_revoked_at === null ? undefined : fromMillis(row.s_revoked_at),
  };
}

function toSessionRecord(row: Raw): SessionRecord {
  const opened = known(row.s_opened_at);
  return {
    id: String(row.s_id),
    kind: text(row.s_kind) as SessionKind | undefined,
    ip: text(row.s_ip),
    userAgent: text(row.s_user_agent),
    openedAt: fromMillis(opened ?? row.s_created_at),
    lastActiveAt: fromMillis(row.s_rotated_at),
  };
}

const FACTS: readonly UserFact[] = [
  'id',
  'email',
  'emailKey',
  'emailVerified',
  'nickname',
  'passwordHash',
  'status',
  'createdAt',
  'avatar',
  'preferredTheme',
  'language',
  'credit',
  'deletedAt',
];

/** How many rows with one address the password door tries; each costs it a verification. */
const MAX_SAME_ADDRESS = 4;

/** More than anybody can look through. */
const MAX_SESSIONS = 500;

/** The same letters: whether one is composed or not is the keyboard's choice, and nobody sees it. */
const isWritten = (email: string | undefined, address: string) => email?.normalize() === address.normalize();

/** Somebody who got the id of another has neither their links nor their sessions, though they are still stored. */
export interface FoundAccount extends Tenure {
  readonly account: Account;
  readonly session: Session | undefined;
}

export interface FoundLink extends Tenure {
  readonly user: User;
  readonly link: SocialLink;
}

export interface AccountQuery {
  byId(userId: string, sessionId?: string, transaction?: Transaction): Promise<FoundAccount | undefined>;
  byIdentity(identity: Identity): Promise<FoundLink | undefined>;
  linkOf(identity: Identity, transaction: Transaction): Promise<SocialLink | undefined>;
  /** A host may delete a user without a word: their link is nobody's, and must not keep the person out. */
  forgetOrphan(identity: Identity, transaction: Transaction): Promise<void>;
  byAddress(address: string, transaction?: Transaction): Promise<readonly User[]>;
  /** What is stored in the column of the password hash, whatever it stands for. */
  storedPassword(userId: string, transaction: Transaction): Promise<string | undefined>;
  session(sessionId: string): Promise<FoundSession | undefined>;
  /** Neither ended nor past their date. */
  sessionsOf(userId: string): Promise<readonly SessionRecord[]>;
}

export function createAccountQuery(sequelize: Sequelize, models: Models, users: UserMapping): AccountQuery {
  const { column: quote, alias, table: tableOf } = quoting(sequelize);
  const dates = dateColumns(sequelize);
  const read = readable(sequelize);
  const isDate = (model: Table, attribute: string) =>
    (model.getAttributes()[attribute]?.type as { readonly key?: string } | undefined)?.key === DataTypes.DATE.key;
  const expression = (model: Table, attribute: string, column: string) =>
    isDate(model, attribute) ? dates.select(column) : read.column(model, attribute, column);
  const columns = (table: string, model: Table) =>
    Object.entries(model.getAttributes()).map(
      ([attribute, { field }]) => `${expression(model, attribute, `${table}.${quote(String(field))}`)} AS ${alias(`${table}_${field}`)}`,
    );

  const userColumns = FACTS.flatMap((fact) => {
    const [attribute, name] = [users.attribute(fact), users.column(fact)];
    if (attribute === undefined || name === undefined) return [];
    return [`${expression(users.model, attribute, `u.${quote(name)}`)} AS ${alias(`u_${fact}`)}`];
  });
  const userId = `u.${quote(users.column('id') ?? 'id')}`;
  const group = models.Group;
  const userSelect = [
    ...userColumns,
    ...(group === undefined ? [] : columns('g', group)),
    ...(users.ownUsers
      ? []
      : [`k.no_password AS ${alias('k_no_password')}`, `${read.number('k.user_created_at')} AS ${alias('k_user_created_at')}`]),
  ];
  const userFrom = tableOf(users.model);
  const groupJoin = group === undefined ? '' : `LEFT JOIN ${tableOf(group)} g ON g.id = u.${quote(users.column('groupId') ?? 'group_id')}`;
  const guardJoin = users.ownUsers ? '' : `LEFT JOIN ${tableOf(models.SignInGuard)} k ON k.user_id = ${userId}`;
  const joins = `${groupJoin} ${guardJoin}`;
  const links = tableOf(models.SocialLink);
  const linkColumns = columns('l', models.SocialLink);
  const sessionColumns = columns('s', models.RefreshToken);
  const sessions = tableOf(models.RefreshToken);

  const { select, write } = boundSql(sequelize);

  const USERS = `SELECT ${userSelect.join(', ')} FROM ${userFrom} u ${joins}`;
  const accountSql = (withSession: boolean) => `SELECT ${[...userSelect, ...linkColumns, ...(withSession ? sessionColumns : [])].join(', ')}
    FROM ${userFrom} u ${joins} LEFT JOIN ${links} l ON l.user_id = ${userId}
    ${withSession ? `LEFT JOIN ${sessions} s ON s.id = $sessionId AND s.user_id = ${userId}` : ''}
    WHERE ${userId} = $userId ORDER BY l.id`;
  const ACCOUNT = accountSql(false);
  const ACCOUNT_AND_SESSION = accountSql(true);
  /** Links of before the namespace was kept are found by the subject alone, unless they are known to be of another namespace. */
  const ofIdentity = (table: string) =>
    `${table}.identity_key IN ($key, $subjectKey) AND (${table}.identity_key = $key OR ${table}.namespace IS NULL OR ${table}.namespace = $namespace)`;
  const exactFirst = 'ORDER BY CASE WHEN l.identity_key = $key THEN 0 ELSE 1 END';
  const keysOf = (identity: Identity) => ({
    key: identityKey(identity),
    subjectKey: subjectKey(identity),
    namespace: identity.namespace ?? null,
  });
  const BY_IDENTITY = `SELECT ${[...userSelect, ...linkColumns].join(', ')} FROM ${links} l JOIN ${userFrom} u ON ${userId} = l.user_id ${joins} WHERE ${ofIdentity('l')} ${exactFirst}`;
  const LINK = `SELECT ${linkColumns.join(', ')} FROM ${links} l JOIN ${userFrom} u ON ${userId} = l.user_id WHERE ${ofIdentity('l')} ${exactFirst}`;
  const FORGET_ORPHAN = `DELETE FROM ${links} WHERE ${ofIdentity(links)} AND NOT EXISTS (SELECT 1 FROM ${userFrom} u WHERE ${userId} = ${links}.user_id)`;
  const SESSION = `SELECT ${[...userSelect, ...sessionColumns, `l.provider AS ${alias('l_provider')}`, `${read.number(databaseNow(sequelize))} AS ${alias('s_read_at')}`].join(', ')} FROM ${sessions} s JOIN ${userFrom} u ON ${userId} = s.user_id ${joins}
    LEFT JOIN ${links} l ON l.id = s.link_id WHERE s.id = $sessionId`;

  const SESSIONS_OF = `SELECT ${sessionColumns.join(', ')} FROM ${sessions} s
    WHERE s.user_id = $userId AND s.revoked_at IS NULL AND s.expires_at > $now ORDER BY s.rotated_at DESC, s.id LIMIT ${MAX_SESSIONS}`;

  const ownAddress = (address: string) =>
    [`${USERS} WHERE u.${quote(users.column('emailKey') ?? '')} = $key`, { key: emailKey(address) }] as const;

  /** Hosts keep addresses as they were typed: the lower case finds every candidate. */
  function hostAddress(address: string, column = `u.${quote(users.column('email') ?? '')}`) {
    const { sql, bind } = boundList('spelling', spellingsOf(address));
    return [`${USERS} WHERE ${column} IN (${sql}) OR LOWER(${column}) IN (${sql}) ORDER BY ${userId}`, bind] as const;
  }

  async function atHost(address: string, transaction: Transaction | undefined): Promise<readonly Raw[]> {
    try {
      return await select(...hostAddress(address), transaction);
    } catch (error) {
      if (!isOtherCharset(error)) throw error;
      // No index helps here, and hardly anybody has such an address at such a column.
      const column = `CONVERT(u.${quote(users.column('email') ?? '')} USING utf8mb4)`;
      return await select(...hostAddress(address, column), transaction);
    }
  }

  return {
    async byId(id, sessionId, transaction) {
      const key = users.readId(id);
      if (key === undefined) return undefined;
      const [sql, bind] = sessionId === undefined ? [ACCOUNT, { userId: key }] : [ACCOUNT_AND_SESSION, { userId: key, sessionId }];
      const rows = await select(sql, bind, transaction);
      const [first] = rows;
      // A collation may take another's id for this one.
      if (first === undefined || String(first.u_id) !== id) return undefined;
      const [user, tenure] = [toUser(first, dates.parse), tenureOf(first, dates.parse)];
      if (isSuccessor(tenure)) return { account: { user, links: [] }, session: undefined, ...tenure };
      const links = rows.filter((row) => row.l_id !== null).map((row) => toLink(row, dates.parse));
      const session = first.s_id === null || first.s_id === undefined ? undefined : toSession(first);
      return { account: { user, links }, session, ...tenure };
    },
    async byIdentity(identity) {
      const [row] = await select(BY_IDENTITY, keysOf(identity));
      if (row === undefined) return undefined;
      return { user: toUser(row, dates.parse), link: toLink(row, dates.parse), ...tenureOf(row, dates.parse) };
    },
    async linkOf(identity, transaction) {
      const [row] = await select(LINK, keysOf(identity), transaction);
      return row === undefined ? undefined : toLink(row, dates.parse);
    },
    async forgetOrphan(identity, transaction) {
      await write(FORGET_ORPHAN, keysOf(identity), transaction);
    },
    async byAddress(address, transaction) {
      if (!isEmailAddress(address)) return [];
      const found = users.ownUsers ? await select(...ownAddress(address), transaction) : await atHost(address, transaction);
      const normal = normalEmail(address);
      const having = found
        .map((row) => toUser(row, dates.parse))
        .filter(({ email }) => email !== undefined && normalEmail(email) === normal);
      // Who may not come in, deleted softly say, stands in nobody's way; the sort keeps the order of ids.
      const turn = ({ email, status }: User) => (status === 'active' ? 0 : 2) + (isWritten(email, address) ? 0 : 1);
      return having.sort((one, other) => turn(one) - turn(other)).slice(0, MAX_SAME_ADDRESS);
    },
    async storedPassword(id, transaction) {
      const column = users.column('passwordHash');
      if (column === undefined) return undefined;
      const sql = `SELECT u.${quote(column)} AS stored FROM ${userFrom} u WHERE ${userId} = $userId`;
      const [row] = await select(sql, { userId: users.readId(id) }, transaction);
      return text(row?.stored);
    },
    async session(sessionId) {
      const [row] = await select(SESSION, { sessionId });
      if (row === undefined || isSuccessor(tenureOf(row, dates.parse))) return undefined;
      const found = { session: toSession(row), user: toUser(row, dates.parse), provider: text(row.l_provider) };
      return { ...found, readAt: fromMillis(row.s_read_at) };
    },
    async sessionsOf(id) {
      const key = users.readId(id);
      if (key === undefined) return [];
      return (await select(SESSIONS_OF, { userId: key, now: Date.now() })).map(toSessionRecord);
    },
  };
}

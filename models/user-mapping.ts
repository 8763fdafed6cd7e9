// Maps a user's facts to columns: of our own table, or of the host's.

import { randomUUID } from 'node:crypto';
import { type DataType, DataTypes, type Transaction } from 'sequelize';
import { emailKey } from '../lib/accounts/keys.js';
import type { NewUser, UserChange } from '../lib/accounts/ports.js';
import { keyBytes } from './binary-keys.js';
import { boundSql, WITH_NULLS } from './bound-sql.js';
import type { Models, Table } from './define-models.js';
import type { HostHasPassword, HostUsers } from './host-users.js';
import { quoting } from './quoting.js';
import { writtenDate } from './times.js';
import { type ReadUserId, readUserIds } from './user-ids.js';

const OWN = {
  id: 'id',
  email: 'email',
  emailKey: 'emailKey',
  emailVerified: 'emailVerified',
  nickname: 'nickname',
  passwordHash: 'passwordHash',
  status: 'status',
  createdAt: 'createdAt',
  avatar: 'avatar',
  preferredTheme: 'preferredTheme',
  language: 'language',
  credit: 'credit',
  groupId: 'groupId',
} as const;

/** When the host deleted a user softly, if its model is `paranoid`. */
function deletedAtOf({ options }: Table): { readonly deletedAt?: string } {
  if (options.paranoid !== true) return {};
  return { deletedAt: typeof options.deletedAt === 'string' ? options.deletedAt : 'deletedAt' };
}

/** A user to be made, without those facts that the table does not take. */
export interface NewUserRow {
  readonly user: NewUser;
  readonly without: readonly UserFact[];
}

export type UserFact = keyof typeof OWN | 'deletedAt';

export interface UserMapping {
  readonly model: Table;
  readonly ownUsers: boolean;
  /** The id as a statement binds it. */
  readonly readId: ReadUserId;
  /** The attribute that holds a fact, if there is one. */
  attribute(fact: UserFact): string | undefined;
  /** The column that holds a fact, if there is one. */
  column(fact: UserFact): string | undefined;
  insert(row: NewUserRow, transaction: Transaction): Promise<string>;
  update(userId: string, change: UserChange, transaction?: Transaction): Promise<void>;
  /** Of our own users, with all that is theirs. */
  remove(userId: string, transaction: Transaction): Promise<void>;
  /** What the host knows of its passwords; undefined: every one that is stored is one. */
  readonly hasPassword: HostHasPassword | undefined;
}

/** Everyone starts in Cloudreve's group `User`. */
const DEFAULT_GROUP = 2;

function columnOf(model: Table, attribute: string): string {
  const definition = model.getAttributes()[attribute];
  if (definition === undefined) throw new TypeError(`users: the model ${model.name} has no attribute "${attribute}"`);
  return definition.field ?? attribute;
}

/** A row of our own table, which has no hooks or rules that Sequelize would have to know of. */
function ownInsert(model: Table): (values: Readonly<Record<string, unknown>>, transaction: Transaction) => Promise<string> {
  const { sequelize } = model;
  if (sequelize === undefined) throw new TypeError('The models are defined by now');
  const { insert } = boundSql(sequelize);
  const table = quoting(sequelize).table(model);
  const attributes = Object.entries(model.getAttributes());
  const defaults = Object.fromEntries(attributes.map(([attribute, { defaultValue }]) => [attribute, defaultValue]));
  return async (values, transaction) => {
    const row = Object.entries({ ...defaults, ...values }).map(([attribute, value]) => [
      columnOf(model, attribute),
      value instanceof Date ? writtenDate(model, attribute)(value) : value,
    ]);
    return await insert(table, Object.fromEntries(row), transaction);
  };
}

export function mapUsers(models: Models, host: HostUsers | undefined): UserMapping {
  const model = host?.model ?? models.User;
  if (model === undefined) throw new TypeError('users: a model is needed');
  const { model: _model, defaults, hasPassword, ...named } = host ?? {};
  const facts: Partial<Record<UserFact, string>> =
    host === undefined ? OWN : { id: model.primaryKeyAttribute, email: 'email', ...named, ...deletedAtOf(model) };
  const columns = new Map(Object.entries(facts).map(([fact, attribute]) => [fact, columnOf(model, attribute)]));

  /** Only facts that have a column are written. */
  const row = (values: Partial<Record<UserFact, unknown>>) =>
    Object.fromEntries(
      Object.entries(values).flatMap(([fact, value]) => {
        const attribute = facts[fact as UserFact];
        return attribute === undefined ? [] : [[attribute, value]];
      }),
    );
  const own = (email: string | undefined, now: Date) =>
    host === undefined ? { emailKey: email === undefined ? null : keyBytes(emailKey(email)), updatedAt: now } : {};
  const idAttribute = facts.id ?? 'id';
  const readId = readUserIds(userIdTypeOf(host), model.sequelize?.getDialect() ?? '');
  const all = model.getAttributes();
  const password = all[facts.passwordHash ?? ''];
  const noPassword = password?.allowNull === false ? '' : null;
  /** A column of a host's that takes no null gets an address that nobody can have (RFC 6761, section 6.4). */
  const mustHaveAddress = model.getAttributes()[facts.email ?? '']?.allowNull === false;
  const noAddress = () => (mustHaveAddress ? `${randomUUID()}@address.invalid` : null);
  /** What the column itself has for a new row comes before what we would write there for want of a password. */
  const noPasswordYet = row({ passwordHash: password?.defaultValue === undefined ? noPassword : undefined });

  const insertOwn = host === undefined ? ownInsert(model) : undefined;

  /** What is read of a user here is ours to write: an address, say, is only what somebody has shown. */
  function assertHosts(names: readonly string[]): void {
    const ours = new Set<string | undefined>(Object.values(facts));
    for (const name of names)
      if (host === undefined || ours.has(name) || all[name] === undefined)
        throw new TypeError(`beforeSignUp: ${JSON.stringify(name)} is not an attribute of the host's users that it may set`);
  }

  return {
    model,
    ownUsers: host === undefined,
    readId,
    attribute: (fact) => facts[fact],
    column: (fact) => columns.get(fact),
    async insert({ user, without }, transaction) {
      const { attributes = {} } = user;
      assertHosts(Object.keys(attributes));
      const now = new Date();
      const { email, emailVerified, nickname, passwordHash, language, status } = user;
      const values = row({
        email: email ?? (status === 'inactive' ? noAddress() : null),
        emailVerified,
        nickname,
        passwordHash: passwordHash ?? null,
        language,
        ...(status === undefined ? {} : { status }),
        createdAt: now,
        groupId: DEFAULT_GROUP,
      });
      // A host's default stands where we have nothing to say: its column may not take null.
      const known = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
      const given = typeof defaults === 'function' ? defaults(user) : defaults;
      const whole = {
        ...values,
        ...noPasswordYet,
        ...given,
        ...attributes,
        ...known,
        ...own(status === 'inactive' ? undefined : email, now),
      };
      const left = new Set(without.map((fact) => facts[fact]));
      const kept = Object.fromEntries(Object.entries(whole).filter(([attribute]) => !left.has(attribute)));
      if (insertOwn !== undefined) return await insertOwn(kept, transaction);
      const created = await model.create(kept, { transaction });
      return String(created.get(idAttribute));
    },
    async update(userId, change, transaction) {
      const values = row({
        ...change,
        ...(change.passwordHash === null ? { passwordHash: noPassword } : {}),
        ...(change.email === null ? { email: noAddress() } : {}),
      });
      if (Object.keys(values).length === 0) return;
      const { email } = change;
      const touched = host === undefined ? { updatedAt: new Date() } : {};
      const key = host === undefined && email !== undefined ? { emailKey: email === null ? null : keyBytes(emailKey(email)) } : {};
      const where = { [idAttribute]: readId(userId) ?? null };
      await model.update({ ...values, ...key, ...touched }, { where, ...WITH_NULLS, ...(transaction ? { transaction } : {}) });
    },
    async remove(userId, transaction) {
      if (host !== undefined) throw new TypeError('Only the host may delete its own rows');
      await model.destroy({ where: { [idAttribute]: readId(userId) ?? null }, transaction });
    },
    hasPassword,
  };
}

/** The type of the column that users are found by, before any model of ours is defined. */
export function userIdTypeOf(host: HostUsers | undefined): DataType {
  if (host === undefined) return DataTypes.INTEGER;
  const attribute = host.id ?? host.model.primaryKeyAttribute;
  const definition = host.model.getAttributes()[attribute];
  if (definition === undefined) throw new TypeError(`users: the model ${host.model.name} has no attribute "${attribute}"`);
  return definition.type;
}

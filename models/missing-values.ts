// Required columns of a host's table that would get no value for a new user: reported at start, not at the first sign-in.

import type { Sequelize } from 'sequelize';
import type { NewUser } from '../lib/accounts/ports.js';
import type { HostUsers } from './host-users.js';
import { catalogueName } from './tables-home.js';
import type { UserMapping } from './user-mapping.js';

/** Nobody: asked about to see which columns the host's `defaults` know. */
export const SOMEONE: NewUser = { email: 'someone@example.invalid', emailVerified: true, nickname: 'Someone', language: 'en' };

/** Some providers tell no address. */
export const NO_ADDRESS: NewUser = { ...SOMEONE, email: undefined, emailVerified: false };

/** What a new user of ours always has a value for. */
const WRITTEN = ['email', 'emailVerified', 'nickname', 'passwordHash', 'language', 'createdAt'] as const;

/** Undefined where the function does not answer about nobody: then nothing can be said of what it gives. */
function givenBy({ defaults }: HostUsers, who: NewUser): readonly string[] | undefined {
  try {
    const given = typeof defaults === 'function' ? defaults(who) : (defaults ?? {});
    return Object.entries(given).flatMap(([attribute, value]) => (value === null || value === undefined ? [] : [attribute]));
  } catch {
    return undefined;
  }
}

/**
 * Names of columns that take no NULL, have no default, and get nothing from the mapping, the model or `users.defaults`. Hooks of
 * the model and triggers are not seen; of a table that cannot be read nothing is said.
 */
export async function columnsWithoutValue(
  sequelize: Sequelize,
  users: UserMapping,
  host: HostUsers,
  who: NewUser,
): Promise<readonly string[]> {
  const { model } = users;
  const given = givenBy(host, who);
  if (given === undefined) return [];
  const { createdAt, updatedAt } = model.options as { readonly createdAt?: unknown; readonly updatedAt?: unknown };
  const timestamps = model.options.timestamps === false ? [] : [createdAt ?? 'createdAt', updatedAt ?? 'updatedAt'];
  const { version } = model.options as { readonly version?: unknown };
  const filled = new Set<unknown>([
    ...given,
    ...WRITTEN.filter((fact) => fact !== 'email' || who.email !== undefined).map(users.attribute),
    ...timestamps,
    ...(version === true ? ['version'] : [version]),
    ...model.primaryKeyAttributes,
  ]);
  const attributes = Object.entries(model.getAttributes());
  const lacking = (attribute: string) => {
    const definition = model.getAttributes()[attribute];
    return !filled.has(attribute) && definition?.defaultValue === undefined && definition?.autoIncrement !== true;
  };
  const ofModel = attributes.flatMap(([attribute, { allowNull, field = attribute }]) =>
    allowNull === false && lacking(attribute) ? [field] : [],
  );
  const attributeOf = new Map(attributes.map(([attribute, { field = attribute }]) => [field.toLowerCase(), attribute]));
  const stored = await catalogueName(sequelize, model)
    .then((name) => sequelize.getQueryInterface().describeTable(name))
    .catch(() => ({}));
  const ofTable = Object.entries(stored).flatMap(([name, { allowNull, defaultValue, autoIncrement, primaryKey }]) => {
    const asks = !allowNull && (defaultValue === null || defaultValue === undefined) && !autoIncrement && !primaryKey;
    const attribute = attributeOf.get(name.toLowerCase());
    return asks && (attribute === undefined || lacking(attribute)) ? [name] : [];
  });
  return [...new Set([...ofTable, ...ofModel])];
}

// Notices when the host's own code deletes or makes users through Sequelize: an id may be used again, but must not bring anything of its
// former owner with it.

import type { Transaction } from 'sequelize';
import { PRIMARY } from './bound-sql.js';
import type { Row, Table } from './define-models.js';
import type { Leftovers } from './leftovers.js';
import type { UserKey } from './user-ids.js';
import type { UserMapping } from './user-mapping.js';

export interface UserHooksOptions {
  readonly users: UserMapping;
  readonly leftovers: Leftovers;
  /** Hooks of the same name replace each other. */
  readonly name: string;
}

/** What Sequelize hands to hooks, as far as it matters. */
interface HookOptions {
  readonly transaction?: Transaction | null;
  readonly force?: boolean;
  readonly truncate?: boolean;
  readonly limit?: number | null;
  readonly where?: object;
  readonly updateOnDuplicate?: unknown;
  readonly ignoreDuplicates?: boolean;
}

type Hook = (subject: never, options: never) => Promise<void>;

interface Hooked {
  addHook(type: string, name: string, hook: Hook): void;
  removeHook(type: string, name: string): void;
}

const within = ({ transaction }: HookOptions) => transaction ?? undefined;

export function hearOfUsers({ users, leftovers, name }: UserHooksOptions): void {
  const { model, readId } = users;
  const id = users.attribute('id') ?? 'id';
  /** Ids of what is about to be deleted, until it is. */
  const doomed = new WeakMap<object, readonly UserKey[]>();

  /** Who is deleted softly may come back. */
  const isForGood = ({ force }: HookOptions) => model.options.paranoid !== true || force === true;
  const keysOf = (rows: readonly Row[]) =>
    rows.flatMap((row) => {
      const stored: unknown = row.get(id);
      const key = stored === null || stored === undefined ? undefined : readId(String(stored));
      return key === undefined ? [] : [key];
    });

  const found = async (where: object | undefined, options: HookOptions) =>
    keysOf(
      await (model as Table).unscoped().findAll({
        ...{ attributes: [id], hooks: false, paranoid: false, raw: false, transaction: options.transaction ?? null, ...PRIMARY },
        ...(where === undefined ? {} : { where: where as never }),
      }),
    );

  async function gone(options: HookOptions): Promise<readonly UserKey[]> {
    const keys = doomed.get(options) ?? [];
    if (options.limit === undefined || options.limit === null) return keys;
    const left = new Set((await found({ [id]: keys }, options)).map(String));
    return keys.filter((key) => !left.has(String(key)));
  }

  const hooks = {
    async afterDestroy(user: Row, options: HookOptions) {
      if (isForGood(options)) await leftovers.of(keysOf([user]), within(options));
    },
    async beforeBulkDestroy(options: HookOptions) {
      if (isForGood(options) && options.truncate !== true) doomed.set(options, await found(options.where, options));
    },
    async afterBulkDestroy(options: HookOptions) {
      if (!isForGood(options)) return;
      if (options.truncate === true) await leftovers.ofEverybody(within(options));
      else await leftovers.of(await gone(options), within(options));
    },
    // Whoever had the id before was deleted behind Sequelize.
    async afterCreate(user: Row, options: HookOptions) {
      await leftovers.of(keysOf([user]), within(options));
    },
    async afterBulkCreate(made: readonly Row[], options: HookOptions) {
      // Some of these may have been there before.
      if (options.updateOnDuplicate !== undefined || options.ignoreDuplicates === true) return;
      await leftovers.of(keysOf(made), within(options));
    },
  };
  const hooked = model as unknown as Hooked;
  for (const [type, hook] of Object.entries(hooks)) {
    hooked.removeHook(type, name);
    hooked.addHook(type, name, hook as unknown as Hook);
  }
}

// The plugin without HTTP, for the command line: the same storage, rules and guard with the same options, but nothing that runs in the
// background.

import type { Config } from '../../config/config.js';
import { LatchkeyError } from '../accounts/errors.js';
import { argon2Hasher } from '../accounts/password-hasher.js';
import type { SessionRecord } from '../accounts/session-ports.js';
import type { Account, SignInMethod } from '../accounts/types.js';
import { usableMethods } from '../accounts/usable-methods.js';
import { createMount } from '../http/mount.js';
import { acceptancesOf } from '../providers/index.js';
import { silentLogger } from '../support/logger.js';
import { configOf } from './config-of.js';
import { createCore } from './core.js';
import { createHostLinks, type HostLinks } from './host-links.js';
import { namespacesOf } from './import-links.js';
import type { LatchkeyOptions } from './options.js';
import { openStorage, type Storage } from './storage.js';

export interface FoundAccount {
  readonly account: Account;
  /** What signs in at this moment. */
  readonly methods: readonly SignInMethod[];
}

export interface Operator {
  readonly config: Config;
  readonly storage: Storage;
  readonly links: HostLinks;
  /** By the id in the table of users, or by an address that one user has. @throws LatchkeyError `user_not_found` */
  find(idOrAddress: string): Promise<FoundAccount>;
  /** Those that still stand. */
  sessions(account: Account): Promise<readonly SessionRecord[]>;
  /** Ends every session, with an audit row. @returns how many */
  endSessions(account: Account): Promise<number>;
}

/** @throws ConfigurationError, TypeError for a database that is not supported */
export function openOperator(options: LatchkeyOptions): Operator {
  const { sequelize, users, signInMethods, tablePrefix, mail, passwordHasher = argon2Hasher } = options;
  const { paths = {}, localAccounts, logger = silentLogger } = options;
  const config = configOf(options);
  const storage = openStorage({ sequelize, users, signInMethods, tablePrefix, logger });
  const core = createCore({
    ...{ config, storage, hasher: passwordHasher, logger, redis: undefined, mount: createMount(paths) },
    sendsMail: mail !== undefined,
    verifyEmail: false,
    recovers: mail !== undefined && localAccounts === true,
    sealLink: () => {
      throw new TypeError('No link is mailed from the command line');
    },
    tell: () => undefined,
    beforeSignUp: undefined,
  });
  const { accounts } = storage;

  async function idOf(idOrAddress: string): Promise<string> {
    if (!idOrAddress.includes('@')) return idOrAddress;
    const [only, ...others] = await accounts.findByAddress(idOrAddress);
    if (only === undefined) throw new LatchkeyError('user_not_found', { message: 'nobody has this address' });
    if (others.length > 0) throw new LatchkeyError('user_not_found', { message: 'more than one user has this address: name the id' });
    return only.id;
  }

  return {
    config,
    storage,
    links: createHostLinks({
      ...core,
      repository: accounts,
      askingBy: () => undefined,
      access: undefined,
      importer: storage.linkImporter,
      namespaces: namespacesOf(acceptancesOf(config, { switchedOff: true })),
    }),
    async find(idOrAddress) {
      const found = await accounts.findAccount(await idOf(idOrAddress));
      if (found === undefined) throw new LatchkeyError('user_not_found', { message: 'there is no user with this id' });
      return { account: found.account, methods: await usableMethods(found.account, accounts, core.usable) };
    },
    sessions: ({ user }) => core.ownSessions.list(user),
    endSessions: ({ user }) =>
      accounts.locked(user.id, {}, async (locked) => {
        const count = await locked.endOtherSessions(undefined, new Date());
        const context = { correlationId: crypto.randomUUID(), ip: undefined, userAgent: undefined };
        const detail = { count, by: 'operator' };
        await locked.audit({ event: 'auth.sessions.revoke_all.success', userId: user.id, detail }, context);
        return count;
      }),
  };
}

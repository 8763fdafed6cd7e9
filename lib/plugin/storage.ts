// Opens the product's tables on the host's Sequelize: models, schema, repositories.

import { DataTypes, Sequelize } from 'sequelize';
import { createAccountQuery } from '../../models/account-query.js';
import { createAccountRepository, type SqlAccountRepository } from '../../models/account-repository.js';
import { createAddressRepository } from '../../models/address-repository.js';
import { defineModels, type Models } from '../../models/define-models.js';
import { hearConnections } from '../../models/heard-connections.js';
import type { HostUsers, UserCreated } from '../../models/host-users.js';
import { createInvitationRepository } from '../../models/invitation-repository.js';
import type { OnOutbox } from '../../models/journal.js';
import { createLeftovers } from '../../models/leftovers.js';
import { createLinkImporter, type LinkImporter } from '../../models/link-importer.js';
import { recordOrigins } from '../../models/link-origins.js';
import type { SealTokens } from '../../models/link-writes.js';
import { createHostFunctions, type HostSignInMethods } from '../../models/method-facts.js';
import { migrate, migrateAhead } from '../../models/migrate.js';
import { createOutboxDesk, type OutboxDesk } from '../../models/outbox-desk.js';
import { createOutboxRepository } from '../../models/outbox-repository.js';
import { createPurge } from '../../models/purge.js';
import { createSessionRepository } from '../../models/session-repository.js';
import { sqlOneTimeStore } from '../../models/sql-one-time-store.js';
import { sqlSessionRecords } from '../../models/sql-session-records.js';
import { keepSearchPath } from '../../models/tables-home.js';
import { createTransactions, type Transactions } from '../../models/transactions.js';
import { hearOfUsers } from '../../models/user-hooks.js';
import { mapUsers, type UserMapping, userIdTypeOf } from '../../models/user-mapping.js';
import type { Acceptance } from '../accounts/acceptance.js';
import type { AddressRepository } from '../accounts/address-ports.js';
import type { InvitationRepository } from '../accounts/invitations.js';
import type { MailMessage } from '../accounts/mail-message.js';
import type { OneTimeStore } from '../accounts/one-time-store.js';
import type { Revocation } from '../accounts/ports.js';
import type { SessionRecords, SessionRepository } from '../accounts/session-ports.js';
import type { OutboxRepository } from '../outbox/outbox.js';
import { createWebhooksFor, type WebhookConfig, type WebhookMessage } from '../outbox/webhook-events.js';
import { type Logger, silentLogger } from '../support/logger.js';
import type { LatchkeyOptions } from './options.js';

export interface StorageOptions {
  readonly sequelize: Sequelize;
  readonly users?: HostUsers | undefined;
  readonly signInMethods?: HostSignInMethods | undefined;
  readonly tablePrefix?: string | undefined;
  /** Called after a commit that put something into the outbox. */
  readonly onOutbox?: OnOutbox;
  /** Encrypts the tokens of an identity for its row; absent: none are kept. */
  readonly sealTokens?: SealTokens | undefined;
  readonly userCreated?: UserCreated | undefined;
  /** Endpoints that get events about changes. Default none. */
  readonly webhooks?: readonly WebhookConfig[];
  /** How long audit rows are kept, in milliseconds. Default: for ever. */
  readonly auditRetentionMs?: number | undefined;
  /** Gets a line if one of the host's own functions gives no answer. Default: nothing is logged. */
  readonly logger?: Logger;
}

export interface Storage {
  readonly models: Models;
  readonly users: UserMapping;
  readonly transactions: Transactions;
  readonly accounts: SqlAccountRepository;
  readonly addresses: AddressRepository;
  readonly linkImporter: LinkImporter;
  readonly invitations: InvitationRepository;
  readonly sessions: SessionRepository;
  readonly outbox: {
    readonly mail: OutboxRepository<MailMessage>;
    readonly revocations: OutboxRepository<Revocation>;
    readonly webhooks: OutboxRepository<WebhookMessage>;
  };
  readonly outboxDesk: OutboxDesk;
  readonly oneTime: OneTimeStore;
  readonly sessionRecords: SessionRecords;
  /** Removes expired rows. @param closing when aborted, the rows that are left stay */
  purge(closing?: AbortSignal): Promise<void>;
  /** Brings the schema up to date, once for all processes. */
  migrate(): Promise<void>;
  /** Runs the steps that may run while processes of the previous version serve. @returns the first step that may not; undefined: nothing is left */
  migrateAhead(): Promise<string | undefined>;
  /** Gives links without a namespace that of their provider as it is configured, unless they belonged to another one; at each start. */
  recordOrigins(acceptances: ReadonlyMap<string, Acceptance>): Promise<void>;
}

/** @throws TypeError for a database this product cannot keep its promise on */
function assertFit(sequelize: Sequelize, host: HostUsers | undefined): void {
  // Errors are told apart by their class, which another copy does not share.
  if (!(sequelize instanceof Sequelize))
    throw new TypeError(
      'sequelize: expected an instance of the one copy of sequelize 6 that this package also uses (see `npm ls sequelize`)',
    );
  if (host !== undefined && host.model?.sequelize !== sequelize)
    throw new TypeError('users: expected `model`, a model on the same Sequelize instance that is passed');
  const dialect = sequelize.getDialect();
  if (dialect === 'mariadb')
    throw new TypeError('sequelize: use dialect "mysql" with mysql2 for MariaDB too; Sequelize 6 cannot migrate with dialect "mariadb"');
  if (!['sqlite', 'mysql', 'postgres'].includes(dialect))
    throw new TypeError(`sequelize: dialect "${dialect}" is not supported; expected sqlite, mysql or postgres`);
  const { storage } = (sequelize as unknown as { readonly options: { readonly storage?: string } }).options;
  if (dialect === 'sqlite' && (storage === undefined || storage.includes(':memory:'))) {
    throw new TypeError('sequelize: an SQLite database in memory cannot run two transactions at once; use a file');
  }
}

export function openStorage({
  sequelize,
  users: host,
  signInMethods,
  tablePrefix = '',
  onOutbox = () => undefined,
  sealTokens,
  userCreated,
  webhooks = [],
  auditRetentionMs,
  logger = silentLogger,
}: StorageOptions): Storage {
  assertFit(sequelize, host);
  hearConnections(sequelize);
  keepSearchPath(sequelize);
  const ownUsers = host === undefined;
  const userId = userIdTypeOf(host) ?? DataTypes.INTEGER;
  const models = defineModels({ sequelize, tablePrefix, userId, ownUsers });
  const users = mapUsers(models, host);
  const transactions = createTransactions(sequelize);
  const query = createAccountQuery({ sequelize, models, users });
  const leftovers = createLeftovers(sequelize, models);
  if (!ownUsers) hearOfUsers({ users, leftovers, name: `latchkey ${tablePrefix}` });
  const hostFunctions = createHostFunctions({ sequelize, users, signInMethods, logger });
  const purge = createPurge({ sequelize, models, transactions, auditRetentionMs });
  const invitations = createInvitationRepository(sequelize, models, transactions);
  const accounts = createAccountRepository({
    ...{ sequelize, models, users, query, transactions, hostFunctions, onOutbox, sealTokens, leftovers },
    ...{ invitations, userCreated, webhooks: createWebhooksFor(webhooks) },
  });
  const schema = { sequelize, tablePrefix, userId, ownUsers };
  return {
    models,
    users,
    transactions,
    accounts,
    addresses: createAddressRepository({ sequelize, models, users, query, transactions, accounts }),
    invitations,
    linkImporter: createLinkImporter({ sequelize, models, users, query, transactions }),
    sessions: createSessionRepository({ sequelize, models, users }, transactions),
    outbox: {
      mail: createOutboxRepository({ sequelize, models, transactions, readId: users.readId, kind: 'mail' }),
      revocations: createOutboxRepository({ sequelize, models, transactions, readId: users.readId, kind: 'revocation' }),
      webhooks: createOutboxRepository({ sequelize, models, transactions, readId: users.readId, kind: 'webhook' }),
    },
    outboxDesk: createOutboxDesk({ sequelize, models, transactions, readId: users.readId }),
    oneTime: sqlOneTimeStore(sequelize, models, transactions),
    sessionRecords: sqlSessionRecords(sequelize, models, transactions),
    purge: (closing) => purge(new Date(), closing),
    migrate: () => migrate(schema),
    migrateAhead: () => migrateAhead(schema),
    recordOrigins: (acceptances) => recordOrigins({ sequelize, models, transactions }, acceptances),
  };
}

/** The options of `migrateSchema`, for hosts that start with `migrate: false`: the same values that are passed to the plugin. */
export interface SchemaOptions extends Pick<LatchkeyOptions, 'sequelize' | 'users' | 'tablePrefix'> {
  /** Runs only the steps that may run while processes of the previous version still serve; a call without it runs the rest. Default false. */
  readonly ahead?: boolean;
}

/**
 * Brings the product's tables up to date, once for all processes that call it.
 * @throws TypeError for a database that is not supported, or a table of the same name that is not ours
 */
export async function migrateSchema({ ahead = false, ...options }: SchemaOptions): Promise<void> {
  const storage = openStorage(options);
  await (ahead ? storage.migrateAhead() : storage.migrate());
}

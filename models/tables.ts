// Every table of the product: its name and its columns.

import { type DataType, DataTypes, type ModelAttributes } from 'sequelize';

const TABLES = {
  Group: 'groups',
  User: 'users',
  SignInGuard: 'sign_in_guards',
  SocialLink: 'social_links',
  RefreshToken: 'refresh_tokens',
  AuditEvent: 'audit_events',
  OutboxMessage: 'outbox_messages',
  Flow: 'flows',
  CookieSession: 'sessions',
  AddressProof: 'address_proofs',
  Invitation: 'sign_up_invitations',
  LinkOrigin: 'link_origins',
  StrandedCount: 'stranded_counts',
} as const;

export type ModelName = keyof typeof TABLES;

/** The table's name under the host's prefix. */
export function tableName(model: ModelName, prefix: string): string {
  return `${prefix}${TABLES[model]}`;
}

/** For display only: drivers have settings that move it. */
const DATE = DataTypes.DATE(3);
/** What a decision hangs on: milliseconds since 1970, see `times.ts`. */
const MILLIS = DataTypes.BIGINT;
const HASH = DataTypes.CHAR(64);
/** The 32 bytes of a hash, see `binary-keys.ts`. */
const KEY = DataTypes.BLOB;

function required(type: DataType) {
  return { type, allowNull: false } as const;
}

function serial() {
  return { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true, allowNull: false } as const;
}

/** Column names are the attribute names in snake case. The migrations create exactly these columns. */
export function attributesOf(userId: DataType): Readonly<Record<ModelName, ModelAttributes>> {
  return {
    Group: {
      id: { type: DataTypes.INTEGER, primaryKey: true, allowNull: false },
      name: required(DataTypes.STRING(100)),
      permission: required(DataTypes.STRING(100)),
      directLinkBatchSize: { type: DataTypes.INTEGER, allowNull: false, field: 'direct_link_batch_size' },
      trashRetention: { type: DataTypes.INTEGER, allowNull: false, field: 'trash_retention' },
    },
    User: {
      id: serial(),
      email: { type: DataTypes.STRING(254) },
      emailKey: { type: KEY, field: 'email_hash', unique: 'users_email_hash' },
      emailVerified: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: false, field: 'email_verified' },
      nickname: required(DataTypes.STRING(255)),
      passwordHash: { type: DataTypes.STRING(255), field: 'password_hash' },
      status: { type: DataTypes.STRING(20), allowNull: false, defaultValue: 'active' },
      groupId: { type: DataTypes.INTEGER, allowNull: false, field: 'group_id' },
      avatar: { type: DataTypes.STRING(20), allowNull: false, defaultValue: '' },
      preferredTheme: { type: DataTypes.STRING(20), allowNull: false, defaultValue: '', field: 'preferred_theme' },
      language: { type: DataTypes.STRING(35), allowNull: false, defaultValue: '' },
      credit: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
      createdAt: { type: DATE, allowNull: false, field: 'created_at' },
      updatedAt: { type: DATE, allowNull: false, field: 'updated_at' },
    },
    SignInGuard: {
      userId: { type: userId, primaryKey: true, allowNull: false, field: 'user_id' },
      version: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
      noPassword: { type: HASH, field: 'no_password' },
      userCreatedAt: { type: MILLIS, field: 'user_created_at' },
    },
    SocialLink: {
      id: serial(),
      userId: { type: userId, allowNull: false, field: 'user_id', unique: 'social_links_user_provider' },
      provider: { type: DataTypes.STRING(64), allowNull: false, unique: 'social_links_user_provider' },
      subject: required(DataTypes.STRING(255)),
      namespace: { type: DataTypes.STRING(2048) },
      hostedDomain: { type: DataTypes.STRING(255), field: 'hosted_domain' },
      identityKey: { type: KEY, allowNull: false, field: 'identity_hash', unique: 'social_links_identity_hash' },
      email: { type: DataTypes.STRING(254) },
      name: { type: DataTypes.STRING(255) },
      picture: { type: DataTypes.STRING(2048) },
      linkedAt: { type: DATE, allowNull: false, field: 'linked_at' },
      lastUsedAt: { type: DATE, field: 'last_used_at' },
      tokens: { type: DataTypes.TEXT },
      signIns: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0, field: 'sign_ins' },
    },
    RefreshToken: {
      id: { type: DataTypes.CHAR(36), primaryKey: true, allowNull: false },
      userId: { type: userId, allowNull: false, field: 'user_id' },
      linkId: { type: DataTypes.INTEGER, field: 'link_id' },
      generation: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
      stateVersion: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0, field: 'state_version' },
      createdAt: { type: MILLIS, allowNull: false, field: 'created_at' },
      authenticatedAt: { type: MILLIS, field: 'authenticated_at' },
      rotatedAt: { type: MILLIS, allowNull: false, field: 'rotated_at' },
      lastSeenAt: { type: MILLIS, field: 'last_seen_at' },
      expiresAt: { type: MILLIS, allowNull: false, field: 'expires_at' },
      revokedAt: { type: MILLIS, field: 'revoked_at' },
      kind: { type: DataTypes.STRING(10) },
      ip: { type: DataTypes.STRING(64) },
      userAgent: { type: DataTypes.STRING(255), field: 'user_agent' },
    },
    AuditEvent: {
      id: serial(),
      event: required(DataTypes.STRING(64)),
      userId: { type: userId, field: 'user_id' },
      provider: { type: DataTypes.STRING(64) },
      ip: { type: DataTypes.STRING(64) },
      userAgent: { type: DataTypes.STRING(255), field: 'user_agent' },
      correlationId: { type: DataTypes.CHAR(36), field: 'correlation_id' },
      detail: { type: DataTypes.TEXT },
      createdAt: { type: DATE, allowNull: false, field: 'created_at' },
    },
    OutboxMessage: {
      id: { type: DataTypes.CHAR(36), primaryKey: true, allowNull: false },
      kind: { type: DataTypes.STRING(20), allowNull: false, defaultValue: 'mail' },
      message: required(DataTypes.TEXT),
      attempts: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
      lastError: { type: DataTypes.STRING(255), field: 'last_error' },
      createdAt: { type: MILLIS, allowNull: false, field: 'created_at' },
      nextAttemptAt: { type: MILLIS, allowNull: false, field: 'next_attempt_at' },
      lockedBy: { type: DataTypes.CHAR(36), field: 'locked_by' },
      lockedUntil: { type: MILLIS, field: 'locked_until' },
      sentAt: { type: MILLIS, field: 'sent_at' },
    },
    Flow: {
      id: { type: DataTypes.STRING(64), primaryKey: true, allowNull: false },
      record: required(DataTypes.TEXT),
      expiresAt: { type: MILLIS, allowNull: false, field: 'expires_at' },
    },
    CookieSession: {
      id: { type: DataTypes.STRING(64), primaryKey: true, allowNull: false },
      record: required(DataTypes.TEXT),
      expiresAt: { type: MILLIS, allowNull: false, field: 'expires_at' },
    },
    AddressProof: {
      slot: { type: HASH, primaryKey: true, allowNull: false },
      purpose: required(DataTypes.STRING(10)),
      tokenHash: { type: HASH, allowNull: false, field: 'token_hash', unique: 'address_proofs_token' },
      userId: { type: userId, allowNull: false, field: 'user_id' },
      address: required(DataTypes.STRING(254)),
      asksPassword: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0, field: 'asks_password' },
      expiresAt: { type: MILLIS, allowNull: false, field: 'expires_at' },
    },
    Invitation: {
      tokenHash: { type: HASH, primaryKey: true, allowNull: false, field: 'token_hash' },
      email: { type: DataTypes.STRING(254) },
      expiresAt: { type: MILLIS, allowNull: false, field: 'expires_at' },
    },
    LinkOrigin: {
      id: serial(),
      provider: required(DataTypes.STRING(64)),
      afterId: { type: DataTypes.BIGINT, allowNull: false, field: 'after_id' },
      namespace: { type: DataTypes.STRING(2048) },
    },
    StrandedCount: {
      digest: { type: HASH, primaryKey: true, allowNull: false },
      countedTo: { type: DataTypes.STRING(255), field: 'counted_to' },
      stranded: { type: DataTypes.BIGINT, allowNull: false, defaultValue: 0 },
      lockedBy: { type: DataTypes.CHAR(36), field: 'locked_by' },
      lockedUntil: { type: MILLIS, field: 'locked_until' },
      finishedAt: { type: MILLIS, field: 'finished_at' },
    },
  };
}

// Every step of the schema, in order.

import { users } from './0001-users.js';
import { socialLinks } from './0002-social-links.js';
import { refreshTokens } from './0003-refresh-tokens.js';
import { journal } from './0004-journal.js';
import { flows } from './0005-flows.js';
import { providerTokens } from './0006-provider-tokens.js';
import { sessions } from './0007-sessions.js';
import { signInMethods } from './0008-sign-in-methods.js';
import { times } from './0009-times.js';
import { linkOrigins } from './0010-link-origins.js';
import { userCreatedAt } from './0011-user-created-at.js';
import { stateVersions } from './0012-state-versions.js';
import { addressKeys } from './0013-address-keys.js';
import { sessionClients } from './0014-session-clients.js';
import { addressProofs } from './0015-address-proofs.js';
import { signUpInvitations } from './0017-sign-up-invitations.js';
import { sessionTimes } from './0018-session-times.js';
import { auditIds } from './0019-audit-ids.js';
import { keyHashes } from './0020-key-hashes.js';
import { binaryKeysStep } from './0021-binary-keys.js';
import { originTimes } from './0023-origin-times.js';
import { strandedCounts } from './0024-stranded-counts.js';
import type { Migration } from './migration.js';

export const MIGRATIONS: readonly Migration[] = [
  users,
  socialLinks,
  refreshTokens,
  journal,
  flows,
  providerTokens,
  sessions,
  signInMethods,
  times,
  linkOrigins,
  userCreatedAt,
  stateVersions,
  addressKeys,
  sessionClients,
  addressProofs,
  signUpInvitations,
  sessionTimes,
  auditIds,
  keyHashes,
  binaryKeysStep,
  originTimes,
  strandedCounts,
];

// Reads the rows of a statement: a user, a link, a session.

import type { Session, SessionKind, SessionRecord } from '../lib/accounts/session-ports.js';
import { isSuccessor, type Tenure } from '../lib/accounts/successors.js';
import type { Group, SocialLink, User, UserStatus } from '../lib/accounts/types.js';
import type { Raw } from './bound-sql.js';
import { placeholderKey } from './placeholders.js';
import { type DateColumns, fromMillis } from './times.js';

/** An empty text is as good as none. */
export const text = (value: unknown) => (value === null || value === undefined || value === '' ? undefined : String(value));
/** An empty text is something to know. */
const known = (value: unknown) => (value === null || value === undefined ? undefined : String(value));
/** Who was deleted softly stays a member of the table, and does not come in. */
const statusOf = (row: Raw) =>
  row.u_deletedAt === null || row.u_deletedAt === undefined ? (text(row.u_status) ?? 'active') : 'sys_banned';

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

/** A process of before that still runs writes no times but those it knows. */
function toTimes(row: Raw) {
  const [authenticated, seen] = [row.s_authenticated_at ?? row.s_created_at, row.s_last_seen_at ?? row.s_rotated_at];
  return { createdAt: fromMillis(row.s_created_at), authenticatedAt: fromMillis(authenticated), lastSeenAt: fromMillis(seen) };
}

export function toSession(row: Raw): Session {
  return {
    id: String(row.s_id),
    userId: String(row.s_user_id),
    linkId: text(row.s_link_id),
    generation: Number(row.s_generation),
    stateVersion: Number(row.s_state_version),
    ...toTimes(row),
    rotatedAt: fromMillis(row.s_rotated_at),
    expiresAt: fromMillis(row.s_expires_at),
    revokedAt: row.s_revoked_at === null ? undefined : fromMillis(row.s_revoked_at),
  };
}

export function toSessionRecord(row: Raw): SessionRecord {
  const { createdAt, lastSeenAt } = toTimes(row);
  return {
    id: String(row.s_id),
    kind: text(row.s_kind) as SessionKind | undefined,
    ip: text(row.s_ip),
    userAgent: text(row.s_user_agent),
    createdAt,
    lastSeenAt,
  };
}

/** Rows with dates for display, which each database has its own way to write. */
export interface RowReader {
  toUser(row: Raw): User;
  toLink(row: Raw): SocialLink;
  tenureOf(row: Raw): Tenure;
}

/** @param date of a column that was selected by the same `DateColumns` */
export function rowReader(date: DateColumns['parse']): RowReader {
  function tenureOf(row: Raw): Tenure {
    const remembered = known(row.k_user_created_at);
    return { createdAt: date(row.u_createdAt), remembered: remembered === undefined ? undefined : fromMillis(remembered) };
  }

  /** What stood in the column after this product had written no password is none, as long as it stands there. */
  function passwordOf(row: Raw): string | undefined {
    const stored = text(row.u_passwordHash);
    const isPlaceholder = stored !== undefined && placeholderKey(stored) === text(row.k_no_password);
    return isPlaceholder && !isSuccessor(tenureOf(row)) ? undefined : stored;
  }

  function toUser(row: Raw): User {
    const email = text(row.u_email);
    return {
      id: String(row.u_id),
      email,
      // A boolean, a number, or what a driver makes of it that converts nothing.
      emailVerified: ['true', '1'].includes(String(row.u_emailVerified)),
      nickname: text(row.u_nickname) ?? email?.split('@')[0] ?? '',
      passwordHash: passwordOf(row),
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

  function toLink(row: Raw): SocialLink {
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

  return { toUser, toLink, tenureOf };
}

// A user and their sessions as BIO.RE's clients read them.

import type { SessionRecord } from '../accounts/ports.js';
import type { User, UserStatus } from '../accounts/types.js';
import { maskAddress } from '../http/client-address.js';
import { deviceName } from '../support/user-agent.js';
import type { PublicIds } from '../tokens/public-ids.js';

const STATUSES: Readonly<Record<UserStatus, string>> = {
  active: 'ACTIVE',
  inactive: 'DEACTIVATED',
  manual_banned: 'BANNED',
  sys_banned: 'SUSPENDED',
};

/** `username` and `avatarUrl` are nothing that is kept here. */
export function toBioreUser({ id, email, nickname, status, emailVerified }: User, publicIds: PublicIds) {
  return {
    id: publicIds.userUuid(id),
    email: email ?? null,
    username: null,
    displayName: nickname === '' ? null : nickname,
    avatarUrl: null,
    status: STATUSES[status],
    emailVerified,
  };
}

export function toBioreSession({ id, ip, userAgent, createdAt, lastSeenAt }: SessionRecord, currentId: string | undefined) {
  return {
    id,
    device: deviceName(userAgent) ?? null,
    ipMasked: maskAddress(ip) ?? null,
    location: null,
    isCurrent: id === currentId,
    createdAt: createdAt.toISOString(),
    lastActiveAt: lastSeenAt.toISOString(),
  };
}

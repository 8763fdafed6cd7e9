// How passwords are hashed for storage: by Argon2id with the parameters of the OWASP Password Storage Cheat Sheet (19 MiB, 2 passes,
// 1 lane), unless a host passes its own hasher.

import { hash, verify } from '@node-rs/argon2';
import { describeError, type Logger } from '../support/logger.js';
import type { User } from './types.js';

/** Hashes and checks passwords. A host that has its own password hashes passes its own hasher. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** False for a wrong password, and for a hash it cannot read. */
  verify(hash: string, password: string): Promise<boolean>;
  /**
   * Whether a stored string is a hash that `verify` can read. If not, it is neither a password nor a sign-in method.
   * @default true for every string that is not empty
   */
  canVerify?(hash: string): boolean;
}

/** The library's own algorithm is Argon2id. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** The PHC string format, as every Argon2 library writes it: any of the three kinds, cost, salt, tag. */
const PHC =
  /^\$argon2(?:id|i|d)\$v=(?:16|19)\$m=([1-9]\d{0,9}),t=([1-9]\d{0,9}),p=([1-9]\d{0,2})\$([A-Za-z\d+/]{11,86})\$([A-Za-z\d+/]{22,86})$/;

/** KiB and passes. A hash that asks for more would take the process with it; it is not read at all. */
const MAX_MEMORY = 2_097_152;
const MAX_PASSES = 1_000;
/** Bytes. A tag that its column cut short has another length, and verifies nothing. */
const TAG_LENGTHS: readonly number[] = [16, 32, 48, 64];

function bytesOf(base64: string): Buffer | undefined {
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString('base64').replace(/=+$/, '') === base64 ? bytes : undefined;
}

function canVerify(stored: string): boolean {
  const [, memory, passes, lanes, salt = '', tag = ''] = PHC.exec(stored) ?? [];
  const isAffordable = Number(memory) <= MAX_MEMORY && Number(memory) >= 8 * Number(lanes) && Number(passes) <= MAX_PASSES;
  return isAffordable && bytesOf(salt) !== undefined && TAG_LENGTHS.includes(bytesOf(tag)?.length ?? 0);
}

export const argon2Hasher: PasswordHasher = {
  hash: (password) => hash(password, PARAMETERS),
  verify: async (stored, password) => canVerify(stored) && (await verify(stored, password).catch(() => false)),
  canVerify,
};

/** A hasher that does not say is believed to read every text; one that fails reads none. */
export function canVerifyBy(hasher: PasswordHasher, logger: Logger): (hash: string) => boolean {
  return (stored) => {
    try {
      return hasher.canVerify === undefined ? stored !== '' : hasher.canVerify(stored) === true;
    } catch (error) {
      logger.error({ err: describeError(error) }, 'passwordHasher.canVerify threw: the hash counts as no password');
      return false;
    }
  };
}

/** A hook of a host's model may have hashed the hash. @throws TypeError */
export async function assertKept(hasher: PasswordHasher, { passwordHash }: User, password: string, written: string): Promise<void> {
  if (passwordHash === written || (passwordHash !== undefined && (await hasher.verify(passwordHash, password)))) return;
  throw new TypeError('users: the password of a new user does not match the stored hash; does a hook of the model hash it again?');
}

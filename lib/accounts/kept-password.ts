// Whether what a host keeps of a new user's password is opened by it.

import type { PasswordHasher } from './passwords.js';
import type { User } from './types.js';

/** A hook of a host's model may have hashed the hash. @throws TypeError */
export async function assertKept(hasher: PasswordHasher, { passwordHash }: User, password: string, written: string): Promise<void> {
  if (passwordHash === written || (passwordHash !== undefined && (await hasher.verify(passwordHash, password)))) return;
  throw new TypeError('users: the password of a new user does not open what is stored of it; does a hook of the model hash it again?');
}

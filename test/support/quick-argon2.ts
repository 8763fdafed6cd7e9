// What the compiled server has in place of `@node-rs/argon2`: it hashes as `quickHasher` does, and checks as ever.

import { hash as hashAs } from '@node-rs/argon2';
import { QUICK } from './passwords.js';

export { verify } from '@node-rs/argon2';

export const hash = (password: string) => hashAs(password, QUICK);

import { randomBytes, scrypt as scryptWithCallback, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { PasswordHasher } from 'express-latchkey';

const scrypt = promisify<string, Buffer, number, Buffer>(scryptWithCallback);

export const passwordHasher: PasswordHasher = {
  async hash(password) {
    const salt = randomBytes(16);
    return `scrypt:${salt.toString('hex')}:${(await scrypt(password, salt, 32)).toString('hex')}`;
  },
  async verify(stored, password) {
    const [, salt = '', key = ''] = stored.split(':');
    const expected = Buffer.from(key, 'hex');
    return expected.length === 32 && timingSafeEqual(expected, await scrypt(password, Buffer.from(salt, 'hex'), 32));
  },
  canVerify: (stored) => stored.startsWith('scrypt:'),
};

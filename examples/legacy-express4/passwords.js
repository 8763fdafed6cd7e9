// How this app has always kept passwords: scrypt, as `salt$hash` in base64.

const { randomBytes, scrypt, timingSafeEqual } = require('node:crypto');
const { promisify } = require('node:util');

const derive = promisify(scrypt);
const KEY_BYTES = 32;

async function hash(password) {
  const salt = randomBytes(16);
  const key = await derive(password, salt, KEY_BYTES);
  return `${salt.toString('base64')}$${key.toString('base64')}`;
}

async function verify(stored, password) {
  const [salt = '', key = ''] = stored.split('$');
  const expected = Buffer.from(key, 'base64');
  if (expected.length !== KEY_BYTES) return false;
  return timingSafeEqual(expected, await derive(password, Buffer.from(salt, 'base64'), KEY_BYTES));
}

module.exports = { hash, verify };

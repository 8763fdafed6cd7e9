// How passwords are stored in production: what most suites replace by something quicker.

import { expect } from 'chai';
import { argon2Hasher } from '../../lib/accounts/password-hasher.js';
import { quickHasher } from '../support/quick-hasher.js';

const PASSWORD = 'correct horse battery';

describe('A stored password', () => {
  it('is Argon2id with 19 MiB and two passes, and never the same twice', async () => {
    const [one, other] = await Promise.all([argon2Hasher.hash(PASSWORD), argon2Hasher.hash(PASSWORD)]);
    for (const hash of [one, other]) expect(hash).to.match(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22,}\$[A-Za-z0-9+/]{43}$/);
    expect(one).to.not.equal(other);
  });

  it('is right for its own password, and for no other', async () => {
    const hash = await argon2Hasher.hash(PASSWORD);
    const tries = [PASSWORD, `${PASSWORD} `, PASSWORD.toUpperCase(), '', hash];
    expect(await Promise.all(tries.map((each) => argon2Hasher.verify(hash, each)))).to.deep.equal([true, false, false, false, false]);
  });

  it('is wrong for every password where it is no hash at all', async () => {
    for (const stored of ['', 'nonsense', PASSWORD, '$argon2id$v=19$m=19456,t=2,p=1$AAAA', '$2b$10$abcdefghijklmnopqrstuv']) {
      expect(await argon2Hasher.verify(stored, PASSWORD), stored).to.equal(false);
    }
  });

  it('is checked by what it says of itself, so that one hashed otherwise still signs in', async () => {
    const hash = await quickHasher.hash(PASSWORD);
    expect([await argon2Hasher.verify(hash, PASSWORD), await argon2Hasher.verify(hash, 'another')]).to.deep.equal([true, false]);
  });
});

// Provider tokens at rest.

import { expect } from 'chai';
import { createTokenSeal } from '../../lib/tokens/seal.js';

const ANN = { provider: 'google', subject: 'ann' };
const TOKENS = { accessToken: 'at-secret-1', refreshToken: 'rt-secret-1' };
const [OLD, NEW] = ['an-old-secret-of-thirty-two-characters', 'a-new-secret-of-thirty-two-characters'];

describe('Provider tokens at rest', () => {
  it('come back as they were, and cannot be read without the key', () => {
    const seal = createTokenSeal(NEW);
    const sealed = seal.seal(ANN, TOKENS);
    expect(seal.open(ANN, sealed)).to.deep.equal(TOKENS);
    expect(sealed).not.to.include('secret-1');
    expect(Buffer.from(sealed.split('.')[1] ?? '', 'base64url').toString('latin1')).not.to.include('secret-1');
    expect(createTokenSeal(OLD).open(ANN, sealed)).to.equal(undefined);
  });

  it('are never sealed the same way twice', () => {
    const seal = createTokenSeal(NEW);
    expect(seal.seal(ANN, TOKENS)).not.to.equal(seal.seal(ANN, TOKENS));
  });

  it('cannot be moved to another person or provider, nor changed', () => {
    const seal = createTokenSeal(NEW);
    const sealed = seal.seal(ANN, TOKENS);
    expect(seal.open({ ...ANN, subject: 'bob' }, sealed)).to.equal(undefined);
    expect(seal.open({ ...ANN, provider: 'x' }, sealed)).to.equal(undefined);
    const bytes = Buffer.from(sealed.split('.')[1] ?? '', 'base64url');
    for (const at of [0, 15, bytes.length - 1]) {
      const bent = Buffer.from(bytes);
      bent.writeUInt8(bent.readUInt8(at) ^ 1, at);
      expect(seal.open(ANN, `${sealed.split('.')[0]}.${bent.toString('base64url')}`), String(at)).to.equal(undefined);
    }
    for (const nonsense of ['', '.', 'abc', `${sealed.split('.')[0]}.`]) expect(seal.open(ANN, nonsense)).to.equal(undefined);
  });

  it('can still be read after the secret has changed, if the old one is named', () => {
    const sealed = createTokenSeal(OLD).seal(ANN, TOKENS);
    expect(createTokenSeal(NEW, [OLD]).open(ANN, sealed)).to.deep.equal(TOKENS);
  });
});

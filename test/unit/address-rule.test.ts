// The pure rules of addresses and new passwords.

import { expect } from 'chai';
import { type Claimed, releaseOf } from '../../lib/accounts/address-claims.js';
import { isComposed, passwordFault } from '../../lib/accounts/password-rule.js';
import { issueProof, tokenHash } from '../../lib/accounts/proof-tokens.js';
import type { SignInMethod, UserStatus } from '../../lib/accounts/types.js';

const password: SignInMethod = { id: 'password' };
const link: SignInMethod = { id: 'link:google' };

function claimed(change: Partial<Claimed> = {}, user: { readonly status?: UserStatus; readonly emailVerified?: boolean } = {}): Claimed {
  return { hasOthers: false, before: [password], after: [], ...change, user: { status: 'active', emailVerified: false, ...user } };
}

describe('An address that somebody else proves', () => {
  it('is never taken from who has proven it, whatever else they have', () => {
    for (const change of [{}, { hasOthers: true, before: [password, link], after: [link] }]) {
      expect(releaseOf(claimed(change, { emailVerified: true }))).to.equal('refused');
    }
  });

  it('is not taken from somebody who is banned', () => {
    for (const status of ['manual_banned', 'sys_banned'] as const) expect(releaseOf(claimed({}, { status }))).to.equal('refused');
  });

  it('leaves an account that has nothing else to nobody', () => {
    expect(releaseOf(claimed())).to.equal('nobodys');
    expect(releaseOf(claimed({ before: [] }, { status: 'inactive' }))).to.equal('nobodys');
  });

  it('leaves the other ways in', () => {
    expect(releaseOf(claimed({ hasOthers: true, before: [password, link], after: [link] }))).to.equal('kept');
  });

  it('locks nobody out whose other ways do not work at present', () => {
    expect(releaseOf(claimed({ hasOthers: true, before: [password], after: [] }))).to.equal('refused');
    expect(releaseOf(claimed({ hasOthers: true, before: [], after: [] })), 'who had none to lose').to.equal('kept');
  });
});

describe('A new password', () => {
  it('has eight characters, however many units those are', () => {
    expect(passwordFault('tqx7vb')).to.equal('too_short');
    expect(passwordFault('tqx7vbk')).to.equal('too_short');
    expect(passwordFault('tqx7vbkz')).to.equal(undefined);
    expect(passwordFault('🐎🐎🐎🐎')).to.equal('too_short');
    expect(passwordFault('x'.repeat(129))).to.equal('too_long');
  });

  it('is none that everybody tries first, in whatever letter case', () => {
    for (const common of ['password', 'PASSWORD1', 'Qwertyuiop', 'iloveyou', '12345678', 'trustno1', 'football1', 'sunshine1']) {
      expect(passwordFault(common), common).to.equal('too_common');
    }
    for (const rare of ['correct horse battery', 'Tr0ub4dor&3 again', '密码很长也可以的吧'])
      expect(passwordFault(rare), rare).to.equal(undefined);
  });

  it('is composed where BIO.RE asks for it', () => {
    expect(['Abcdefg1', 'Äbcdefg1', 'abcdefg1', 'ABCDEFG1', 'Abcdefgh'].map(isComposed)).to.deep.equal([true, true, false, false, false]);
  });
});

describe('A token in a mail', () => {
  it('is 256 bits that come once, for an hour or a day, and is kept as its hash', () => {
    const given = { userId: '1', address: 'ann@example.test', asksPassword: false };
    const issued = (['reset', 'sign_up', 'address'] as const).map((purpose) => issueProof({ ...given, purpose }));
    expect(new Set(issued.map(({ token }) => token)).size).to.equal(3);
    for (const { token, proof } of issued) {
      expect(Buffer.from(token, 'base64url')).to.have.length(32);
      expect(proof.tokenHash)
        .to.equal(tokenHash(token))
        .and.to.match(/^[0-9a-f]{64}$/);
    }
    const hours = issued.map(({ proof }) => Math.round((proof.expiresAt.getTime() - Date.now()) / 3_600_000));
    expect(hours).to.deep.equal([1, 24, 24]);
  });
});

// The rule itself, and that its misuse does not compile.

import { expect } from 'chai';
import { askPermit, keepsAccess, PASSWORD, type UsableMethods, usableMethods } from '../../lib/accounts/anti-lockout.js';
import type { Links } from '../../lib/accounts/links.js';
import type { AccountRepository, LockedAccount } from '../../lib/accounts/ports.js';
import type { Account, RequestContext, SocialLink } from '../../lib/accounts/types.js';

const AT = new Date(0);
const EVERYTHING: UsableMethods = { passwordSignIn: true, isProviderEnabled: () => true };

function link(provider: string): SocialLink {
  const nothing = { email: undefined, name: undefined, picture: undefined, lastUsedAt: undefined, sealedTokens: undefined };
  return { id: provider, userId: '1', provider, subject: 's', linkedAt: AT, ...nothing };
}

function account(providers: readonly string[], user: Partial<Account['user']> = {}): Account {
  const group = { id: 2, name: 'User', permission: '', directLinkBatchSize: 0, trashRetention: 0 };
  const about = {
    emailVerified: true,
    nickname: 'ann',
    status: 'active',
    createdAt: AT,
    avatar: '',
    preferredTheme: '',
    language: '',
  } as const;
  const known = { id: '1', email: 'ann@example.test', passwordHash: undefined, credit: 0, group, ...about };
  return { user: { ...known, ...user }, links: providers.map(link) };
}

const methods = (of: Account, usable = EVERYTHING, host: readonly string[] = []) =>
  usableMethods(
    of,
    host.map((id) => ({ id })),
    usable,
  ).map(({ id }) => id);

describe('A sign-in method', () => {
  it('is a link while its provider is switched on', () => {
    expect(methods(account(['google', 'logto']))).to.deep.equal(['link:google', 'link:logto']);
    expect(methods(account(['google', 'logto']), { ...EVERYTHING, isProviderEnabled: (id) => id === 'logto' })).to.deep.equal([
      'link:logto',
    ]);
  });

  it('is a password while password sign-in is on and there is an address to use it with', () => {
    expect(methods(account([], { passwordHash: 'h' }))).to.deep.equal(['password']);
    expect(methods(account([], { passwordHash: 'h' }), { ...EVERYTHING, passwordSignIn: false })).to.deep.equal([]);
    expect(methods(account([], { passwordHash: 'h', email: undefined }))).to.deep.equal([]);
  });

  it("is whatever the host's app adds", () => {
    expect(methods(account([]), EVERYTHING, ['host:passkey'])).to.deep.equal(['host:passkey']);
  });
});

describe('The anti-lockout rule', () => {
  const google = { kind: 'link', provider: 'google' } as const;

  it('lets one of two go, and keeps the last', () => {
    expect(keepsAccess([{ id: 'link:google' }, { id: 'password' }], google)).to.equal(true);
    expect(keepsAccess([{ id: 'link:google' }], google)).to.equal(false);
    expect(keepsAccess([{ id: 'password' }], PASSWORD)).to.equal(false);
  });

  it('lets go what does not work anyway, also where nothing does', () => {
    expect(keepsAccess([{ id: 'link:logto' }], google)).to.equal(true);
    expect(keepsAccess([], google)).to.equal(true);
  });

  it('gives its permit for what is there, to whom it belongs', () => {
    const { userId, removing } = askPermit(account(['google', 'logto']), [], google, EVERYTHING);
    expect({ userId, removing }).to.deep.equal({ userId: '1', removing: google });
    expect(() => askPermit(account(['logto']), [], google, EVERYTHING))
      .to.throw()
      .with.property('code', 'not_linked');
    expect(() => askPermit(account(['google']), [], google, EVERYTHING))
      .to.throw()
      .with.property('code', 'only_sign_in_method');
  });
});

/** Never called: that each line is an error is what the compiler checks. */
export async function misuse(links: Links, locked: LockedAccount, repository: AccountRepository, context: RequestContext): Promise<void> {
  const removing = { kind: 'link', provider: 'google' } as const;
  // @ts-expect-error A permit that the rule did not give.
  await links.unlink({ userId: '1', removing }, undefined, context);
  // @ts-expect-error The rule's word under the lock cannot be made up either.
  await locked.remove({ removing });
  // @ts-expect-error Nor is the early word enough.
  await locked.remove(askPermit(locked.account, [], removing, EVERYTHING));
  // @ts-expect-error Without the lock there is nothing to remove with.
  await repository.remove({ removing });
}

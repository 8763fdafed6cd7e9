// The rule itself, and that its misuse does not compile.

import { expect } from 'chai';
import { askPermit, keepsAccess, keepsBest, PASSWORD } from '../../lib/accounts/anti-lockout.js';
import type { Links } from '../../lib/accounts/links.js';
import type { AccountRepository, LockedAccount, MethodFacts } from '../../lib/accounts/ports.js';
import type { Account, RequestContext, SocialLink, User } from '../../lib/accounts/types.js';
import { type UsableMethods, usableMethods } from '../../lib/accounts/usable-methods.js';

const AT = new Date(0);
const EVERYTHING: UsableMethods = { passwordSignIn: true, acceptsLink: () => true, canVerify: () => true };

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

/** What storage and host say: as a door that finds each by the address that is stored, unless told otherwise. */
function facts({
  host = [],
  tried = (user) => (user.email === undefined ? [] : [user]),
  hasPassword = true,
}: Partial<Facts> = {}): MethodFacts {
  return {
    hostMethods: async () => host?.map((id) => ({ id })),
    triedAtDoor: async (user) => tried(user),
    hasPassword: async ({ passwordHash }) => passwordHash !== undefined && hasPassword,
  };
}

interface Facts {
  readonly host: readonly string[] | undefined;
  readonly tried: (user: User) => readonly User[];
  readonly hasPassword: boolean;
}

const methods = async (of: Account, usable = EVERYTHING, given: Partial<Facts> = {}) =>
  (await usableMethods(of, facts(given), usable)).map(({ id, unsure }) => (unsure === true ? `${id}?` : id));

describe('A sign-in method', () => {
  it('is a link while its provider is switched on', async () => {
    expect(await methods(account(['google', 'logto']))).to.deep.equal(['link:google', 'link:logto']);
    expect(
      await methods(account(['google', 'logto']), { ...EVERYTHING, acceptsLink: ({ provider }) => provider === 'logto' }),
    ).to.deep.equal(['link:logto']);
  });

  it('is a password while password sign-in is on and the door finds its owner by their address', async () => {
    const ann = account([], { passwordHash: 'h' });
    expect(await methods(ann)).to.deep.equal(['password']);
    expect(await methods(ann, { ...EVERYTHING, passwordSignIn: false })).to.deep.equal([]);
    expect(await methods(account([], { passwordHash: 'h', email: undefined }))).to.deep.equal([]);
    expect(await methods(ann, EVERYTHING, { tried: () => [] })).to.deep.equal([]);
    expect(await methods(ann, EVERYTHING, { tried: () => [{ ...ann.user, id: '2' }] })).to.deep.equal([]);
  });

  it('is none of a sign-up whose address is still to be proven, by password or by mail', async () => {
    const pending = { passwordHash: 'h', status: 'inactive', emailVerified: false } as const;
    const counting = { ...EVERYTHING, recoveryCounts: true };
    expect(await methods(account([], pending), counting)).to.deep.equal([]);
    expect(await methods(account([], { ...pending, status: 'active' }), counting)).to.deep.equal(['password']);
    expect(await methods(account([], { ...pending, status: 'active', emailVerified: true }), counting)).to.deep.equal([
      'password',
      'recovery',
    ]);
  });

  it('is no hash that nothing can verify, and none that the host put there itself', async () => {
    const ann = account([], { passwordHash: 'h' });
    expect(await methods(ann, { ...EVERYTHING, canVerify: (hash) => hash !== 'h' })).to.deep.equal([]);
    expect(await methods(ann, EVERYTHING, { hasPassword: false })).to.deep.equal([]);
  });

  it("is unsure where another's password is tried first, for the two may be the same", async () => {
    const ann = account([], { passwordHash: 'h' });
    const other = (passwordHash: string | undefined): User => ({ ...ann.user, id: '2', passwordHash });
    expect(await methods(ann, EVERYTHING, { tried: (user) => [other('g'), user] })).to.deep.equal(['password?']);
    expect(await methods(ann, EVERYTHING, { tried: (user) => [user, other('g')] })).to.deep.equal(['password']);
    expect(await methods(ann, EVERYTHING, { tried: (user) => [other(undefined), user] })).to.deep.equal(['password']);
    const noHash = { ...EVERYTHING, canVerify: (hash: string) => hash === 'h' };
    expect(await methods(ann, noHash, { tried: (user) => [other('no hash'), user] })).to.deep.equal(['password']);
  });

  it("is whatever the host's app adds, and nothing where the host cannot say", async () => {
    expect(await methods(account([]), EVERYTHING, { host: ['host:passkey'] })).to.deep.equal(['host:passkey']);
    expect(await methods(account([]), EVERYTHING, { host: undefined })).to.deep.equal([]);
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

  it('takes no unsure way in for a sure one, nor nothing for an unsure one', () => {
    const unsure = { id: 'password', unsure: true };
    expect(keepsAccess([unsure, { id: 'link:google' }], google)).to.equal(false);
    expect(keepsAccess([unsure, { id: 'link:google' }], PASSWORD)).to.equal(true);
    expect(keepsAccess([unsure], PASSWORD)).to.equal(false);
    expect(keepsAccess([unsure], google)).to.equal(true);
    expect(keepsBest([unsure], [unsure])).to.equal(true);
    expect(keepsBest([], [])).to.equal(true);
    expect(keepsBest([unsure], [])).to.equal(false);
  });

  const refusalOf = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: { code?: unknown }) => error.code,
    );

  it('gives its permit for what is there, to whom it belongs', async () => {
    const { userId, removing } = await askPermit(account(['google', 'logto']), google, facts(), EVERYTHING);
    expect({ userId, removing }).to.deep.equal({ userId: '1', removing: google });
    expect(await refusalOf(askPermit(account(['logto']), google, facts(), EVERYTHING))).to.equal('not_linked');
    expect(await refusalOf(askPermit(account(['google']), google, facts(), EVERYTHING))).to.equal('only_sign_in_method');
  });

  it('asks nothing of the database that another way in has settled', async () => {
    const asked: string[] = [];
    const counting: MethodFacts = {
      async hostMethods() {
        asked.push('host');
        return [];
      },
      async triedAtDoor(user) {
        asked.push('door');
        return [user];
      },
      hasPassword: async () => true,
    };
    await askPermit(account(['google', 'logto'], { passwordHash: 'h' }), google, counting, EVERYTHING);
    expect(asked).to.deep.equal([]);
    await askPermit(account(['google'], { passwordHash: 'h' }), google, counting, EVERYTHING);
    expect(asked).to.deep.equal(['host', 'door']);
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
  await locked.remove(await askPermit(locked.account, removing, locked, EVERYTHING));
  // @ts-expect-error Without the lock there is nothing to remove with.
  await repository.remove({ removing });
}

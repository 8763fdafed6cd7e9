// Who has read tokens that were refused meanwhile asks the provider nothing with them: the lease outlives the refusal.

import { expect } from 'chai';
import { LatchkeyError } from '../../lib/accounts/errors.js';
import type { OneTimeStore } from '../../lib/accounts/one-time-store.js';
import { createProviderAccess, type ProviderAccessOptions } from '../../lib/accounts/provider-access.js';

describe('A refresh that the provider refused', () => {
  it('is asked for once, also by whoever had read the old tokens before', async () => {
    const links = [{ id: '1', userId: '7', provider: 'oidc', sealedTokens: 'old' as string | undefined }];
    const held = new Set<string>();
    let refreshes = 0;
    let late = (): void => undefined;
    const refused = new Promise<void>((done) => {
      late = done;
    });
    let reads = 0;
    const options = {
      repository: {
        async findAccount() {
          const found = { account: { links: structuredClone(links) } };
          reads += 1;
          if (reads === 2) await refused;
          return found;
        },
        async replaceTokens() {
          for (const link of links) link.sealedTokens = undefined;
          return true;
        },
      },
      store: {
        putNew: async (key: string) => !held.has(key) && Boolean(held.add(key)),
        claim: async (key: string) => held.delete(key),
      } satisfies Partial<OneTimeStore>,
      providerClients: {
        async refresh() {
          refreshes += 1;
          throw new LatchkeyError('reauthentication_required');
        },
        async revoke() {},
      },
      seal: () => 'new',
      open: () => ({ accessToken: 'a', refreshToken: 'r', expiresAt: 0 }),
    };
    const access = createProviderAccess(options as unknown as ProviderAccessOptions);
    const first = access.accessToken('7', 'oidc');
    const second = access.accessToken('7', 'oidc');
    const code = (asked: Promise<string>) => asked.catch((error: LatchkeyError) => error.code);
    expect(await code(first)).to.equal('reauthentication_required');
    late();
    expect(await code(second)).to.equal('reauthentication_required');
    expect(refreshes).to.equal(1);
  });
});

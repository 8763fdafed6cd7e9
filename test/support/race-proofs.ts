// Links by mail put straight into a stage's database, with tokens that the test knows: set-up for races, which are run over HTTP.

import type { NewProof } from '../../lib/accounts/address-ports.js';
import { issueProof } from '../../lib/accounts/proof-tokens.js';
import { openStorage } from '../../lib/plugin/storage.js';
import { openDatabase } from '../../lib/server/database.js';
import { quickHasher } from './quick-hasher.js';
import { RACE_PASSWORD } from './race-users.js';
import type { Stage } from './stage.js';

/** One link for each, in its order; its token. */
export async function insertProofs(
  stage: Stage,
  proofs: readonly Pick<NewProof, 'purpose' | 'userId' | 'address'>[],
): Promise<readonly string[]> {
  const sequelize = openDatabase(stage.databaseUrl);
  const { addresses } = openStorage({ sequelize });
  try {
    return await addresses.claiming([], async (transaction) => {
      const issued = proofs.map((proof) => issueProof({ ...proof, asksPassword: false }));
      for (const { proof } of issued) await transaction.keepProof(proof);
      return issued.map(({ token }) => token);
    });
  } finally {
    await sequelize.close();
  }
}

export interface PendingUser {
  readonly id: string;
  readonly address: string;
  readonly token: string;
}

/** Sign-ups with `RACE_PASSWORD` that wait for the proof of these addresses. */
export async function insertPending(stage: Stage, addresses: readonly string[]): Promise<readonly PendingUser[]> {
  const sequelize = openDatabase(stage.databaseUrl);
  const storage = openStorage({ sequelize });
  const passwordHash = await quickHasher.hash(RACE_PASSWORD);
  try {
    return await storage.addresses.claiming([], async (transaction) => {
      const pending: PendingUser[] = [];
      for (const address of addresses) {
        const user = { email: undefined, emailVerified: false, nickname: address, language: '', passwordHash, status: 'inactive' } as const;
        const { id } = await transaction.insertUser(user);
        const { token, proof } = issueProof({ purpose: 'sign_up', userId: id, address, asksPassword: false });
        await transaction.keepFirstProof(proof);
        pending.push({ id, address, token });
      }
      return pending;
    });
  } finally {
    await sequelize.close();
  }
}

// Users put straight into a stage's database with links, a password and a signed-in session: set-up for races, which are run over HTTP.

import { randomUUID } from 'node:crypto';
import { emailKey, identityKey } from '../../lib/accounts/keys.js';
import { openStorage } from '../../lib/plugin/storage.js';
import { openDatabase } from '../../lib/server/database.js';
import { createJwts } from '../../lib/tokens/jwt.js';
import { createPublicIds } from '../../lib/tokens/public-ids.js';
import { keyBytes } from '../../models/binary-keys.js';
import { person } from './person.js';
import { quickHasher } from './quick-hasher.js';
import { TEST_SECRET } from './server.js';
import type { Stage, StageProvider } from './stage.js';

export interface RaceUser {
  readonly id: string;
  readonly email: string;
  /** An access token of a session that was opened through the first link, if there is one. */
  readonly token: string;
}

/** The ways in that a user starts with. */
export interface RaceStart {
  readonly providers: readonly StageProvider[];
  /** The user has `RACE_PASSWORD`. */
  readonly password: boolean;
}

export const RACE_PASSWORD = 'a password for the races';

const GROUP_ID = 2;
const HOUR_MS = 3_600_000;

/** One user for each start, in its order. */
export async function insertRaceUsers(stage: Stage, starts: readonly RaceStart[]): Promise<readonly RaceUser[]> {
  const sequelize = openDatabase(stage.databaseUrl);
  const { models, transactions } = openStorage({ sequelize });
  const jwts = createJwts(TEST_SECRET);
  const publicIds = createPublicIds(TEST_SECRET);
  // So cheap to check that the call which has to check it is not always the later one.
  const passwordHash = await quickHasher.hash(RACE_PASSWORD);
  const now = new Date(Math.floor(Date.now() / 1000) * 1000);
  const until = new Date(now.getTime() + HOUR_MS);
  const people = starts.map((start) => {
    const { email } = person('racer');
    return { ...start, email, sessionId: randomUUID() };
  });

  /** MySQL tells no ids of a bulk insert. */
  async function idsByEmail(): Promise<ReadonlyMap<string, number>> {
    const rows = await stage.query<{ id: number; email: string }>('SELECT id, email FROM users WHERE email IN (:emails)', {
      emails: people.map(({ email }) => email),
    });
    return new Map(rows.map(({ id, email }) => [email, id]));
  }

  async function firstLinks(): Promise<ReadonlyMap<number, number>> {
    const rows = await stage.query<{ id: number; user_id: number }>('SELECT user_id, MIN(id) AS id FROM social_links GROUP BY user_id');
    return new Map(rows.map(({ id, user_id }) => [user_id, id]));
  }

  try {
    await transactions.write(async (transaction) => {
      const users = people.map(({ email, password }) => ({
        email,
        emailKey: keyBytes(emailKey(email)),
        emailVerified: true,
        nickname: email,
        passwordHash: password ? passwordHash : null,
        groupId: GROUP_ID,
        createdAt: now,
        updatedAt: now,
      }));
      await models.User?.bulkCreate(users, { transaction });
    });
    const ids = await idsByEmail();
    const rows = people.map((each) => ({ ...each, id: ids.get(each.email) ?? Number.NaN }));
    await transactions.write(async (transaction) => {
      await models.SignInGuard.bulkCreate(
        rows.map(({ id }) => ({ userId: id })),
        { transaction },
      );
      const links = rows.flatMap(({ id, email, providers }) =>
        providers.map((provider) => {
          const identity = { provider, subject: `${provider}-${email}` };
          return { ...identity, userId: id, identityKey: keyBytes(identityKey(identity)), linkedAt: now };
        }),
      );
      await models.SocialLink.bulkCreate(links, { transaction });
    });
    const linkOf = await firstLinks();
    await transactions.write(async (transaction) => {
      const sessions = rows.map(({ id, sessionId }) => {
        const [begun, expiresAt] = [now.getTime(), until.getTime()];
        return { id: sessionId, userId: id, linkId: linkOf.get(id) ?? null, rotatedAt: begun, createdAt: begun, expiresAt };
      });
      await models.RefreshToken.bulkCreate(sessions, { transaction });
    });
    return await Promise.all(
      rows.map(async ({ id, email, sessionId }) => {
        const token = await jwts.sign('access', { sub: publicIds.user(String(id)), root_token_id: sessionId }, now, until);
        return { id: String(id), email, token };
      }),
    );
  } finally {
    await sequelize.close();
  }
}

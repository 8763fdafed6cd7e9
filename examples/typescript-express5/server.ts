// Opens the database, the members and the plugin, and serves the app.

import { ConfigurationError, latchkey, sqliteDriver } from 'express-latchkey';
import { Sequelize } from 'sequelize';
import { createApp } from './app.js';
import { defineMembers, usersOf } from './members.js';
import { passwordHasher } from './passwords.js';
import { ownTokens } from './tokens.js';

const { env } = process;
const port = Number(env.PORT ?? 3000);
const baseUrl = env.BASE_URL ?? `http://localhost:${port}`;

async function start(): Promise<void> {
  if (env.JWT_SECRET === undefined) throw new Error('JWT_SECRET must be set: it signs the tokens of this app');
  const storage = env.DATABASE_FILE ?? 'club.sqlite';
  const sequelize = new Sequelize({ dialect: 'sqlite', storage, dialectModule: sqliteDriver, logging: false });
  const Member = defineMembers(sequelize);
  await Member.sync();
  const keys = await latchkey({
    sequelize,
    appName: 'The Club',
    baseUrl,
    secret: env.LATCHKEY_SECRET ?? '',
    providers: {
      acme: {
        type: 'oidc',
        issuer: env.OIDC_ISSUER ?? '',
        clientId: env.OIDC_CLIENT_ID ?? '',
        clientSecret: env.OIDC_CLIENT_SECRET ?? '',
      },
    },
    users: usersOf(Member),
    passwordHasher,
    currentUser: (req) => req.memberId,
  });
  createApp({ keys, Member, tokens: ownTokens(env.JWT_SECRET) }).listen(port, () => console.log(`listening on ${baseUrl}`));
}

start().catch((error: unknown) => {
  if (error instanceof ConfigurationError) console.error(error.mistakes.map(({ path, expected }) => `${path}: ${expected}`).join('\n'));
  else console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});

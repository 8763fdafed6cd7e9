// Opens the database and the plugin, and serves the API.

import { latchkey, sqliteDriver } from 'express-latchkey';
import { Sequelize } from 'sequelize';
import { api } from './api.js';

const { env } = process;
const port = Number(env.PORT ?? 3000);
const baseUrl = env.BASE_URL ?? `http://localhost:${port}`;

async function start(): Promise<void> {
  const storage = env.DATABASE_FILE ?? 'app.sqlite';
  const keys = await latchkey({
    sequelize: new Sequelize({ dialect: 'sqlite', storage, dialectModule: sqliteDriver, logging: false }),
    appName: 'Orders',
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
  });
  api(keys).listen(port, () => console.log(`listening on ${baseUrl}`));
}

start().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});

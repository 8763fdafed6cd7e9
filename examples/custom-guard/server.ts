// An app where people sign in with a provider, a password or a passkey, and may remove any of these but the last.

import express, { type NextFunction, type Request, type Response } from 'express';
import { latchkey, sqliteDriver } from 'express-latchkey';
import { DataTypes, Sequelize } from 'sequelize';
import { ownRoutes } from './routes.js';

const { env } = process;
const port = Number(env.PORT ?? 3000);
const baseUrl = env.BASE_URL ?? `http://localhost:${port}`;

async function start(): Promise<void> {
  const storage = env.DATABASE_FILE ?? 'app.sqlite';
  const sequelize = new Sequelize({ dialect: 'sqlite', storage, dialectModule: sqliteDriver, logging: false });
  const Passkey = sequelize.define('Passkey', { userId: DataTypes.INTEGER }, { timestamps: false });
  await Passkey.sync();
  const keys = await latchkey({
    sequelize,
    appName: 'Passkeys',
    baseUrl,
    secret: env.LATCHKEY_SECRET ?? '',
    localAccounts: true,
    providers: {
      acme: {
        type: 'oidc',
        issuer: env.OIDC_ISSUER ?? '',
        clientId: env.OIDC_CLIENT_ID ?? '',
        clientSecret: env.OIDC_CLIENT_SECRET ?? '',
      },
    },
    // The plugin cannot know this by itself: each passkey is a way in, too.
    async signInMethods(userId, { transaction }) {
      const found = await Passkey.findAll({ where: { userId }, transaction: transaction ?? null });
      return found.map((passkey) => String(passkey.get('id')));
    },
  });

  const app = express();
  app.use(keys.router);
  app.get('/', (_req, res) => res.redirect('/account/connections'));
  ownRoutes(app, keys, Passkey);
  // A real app would register a passkey here (WebAuthn).
  app.post('/me/passkeys', keys.requireUser, async (req, res) => {
    const made = await Passkey.create({ userId: req.user?.id });
    res.status(201).json({ id: made.get('id') });
  });
  app.use((error: Error & { readonly status?: number; readonly code?: string }, _req: Request, res: Response, _next: NextFunction) => {
    if (error.status === undefined) console.error(error);
    res.status(error.status ?? 500).json(error.status === undefined ? { error: 'internal' } : { error: error.code, text: error.message });
  });
  app.listen(port, () => console.log(`listening on ${baseUrl}`));
}

start().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});

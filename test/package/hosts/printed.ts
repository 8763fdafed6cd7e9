// A host put together from what the docs print: the guard on routes of its own, and a Passport strategy beside it, alone.

import express, { type NextFunction, type Request, type Response } from 'express';
import { latchkey, sqliteDriver } from 'express-latchkey';
import { DataTypes, Sequelize } from 'sequelize';
import { ownRoutes } from './guard.js';
import { app as club } from './strategies.js';

const {
  BASE_URL = '',
  PORT,
  DATABASE_FILE = '',
  LATCHKEY_SECRET = '',
  OIDC_ISSUER = '',
  OIDC_CLIENT_ID = '',
  OIDC_CLIENT_SECRET = '',
} = process.env;

// Where there are Passport's types, whoever uses them says what a user is.
declare global {
  namespace Express {
    interface User {
      id: string;
    }
  }
}

async function start(): Promise<void> {
  const sequelize = new Sequelize({ dialect: 'sqlite', storage: DATABASE_FILE, dialectModule: sqliteDriver, logging: false });
  const Passkey = sequelize.define('Passkey', { userId: DataTypes.INTEGER }, { timestamps: false });
  await Passkey.sync();
  const keys = await latchkey({
    sequelize,
    baseUrl: BASE_URL,
    secret: LATCHKEY_SECRET,
    localAccounts: true,
    verifyEmail: false,
    providers: { acme: { type: 'oidc', issuer: OIDC_ISSUER, clientId: OIDC_CLIENT_ID, clientSecret: OIDC_CLIENT_SECRET } },
    async signInMethods(userId, { transaction }) {
      const found = await Passkey.findAll({ where: { userId }, transaction: transaction ?? null });
      return found.map((passkey) => String(passkey.get('id')));
    },
  });

  const app = express();
  app.use(keys.router);
  ownRoutes(app, keys, Passkey);
  app.post('/me/passkeys', keys.requireUser, (req, res, next) => {
    Passkey.create({ userId: req.user?.id }).then((made) => res.json({ id: made.get('id') }), next);
  });
  club.get('/me', (req, res) => {
    res.json(req.user ?? null);
  });
  app.use('/club', club);
  app.use((error: Error & { readonly status?: number }, _req: Request, res: Response, _next: NextFunction) => {
    res.status(error.status ?? 500).json({ oops: error.message });
  });
  app.listen(Number(PORT), '127.0.0.1', () => console.log(`listening on ${BASE_URL}`));
}

start().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

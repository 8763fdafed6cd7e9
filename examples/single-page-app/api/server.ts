// The API: the plugin for an origin that is not the page's, and the way back to the page.

import express, { type NextFunction, type Request, type Response } from 'express';
import { sqliteDriver } from 'express-latchkey';
import { Sequelize } from 'sequelize';
import { open } from './keys.js';

const { env } = process;
const port = Number(env.PORT ?? 3000);
const baseUrl = env.BASE_URL ?? `http://localhost:${port}`;
const page = env.PAGE_ORIGIN ?? 'http://localhost:5173';

async function start(): Promise<void> {
  const storage = env.DATABASE_FILE ?? 'app.sqlite';
  const sequelize = new Sequelize({ dialect: 'sqlite', storage, dialectModule: sqliteDriver, logging: false });
  const client = { clientId: env.OIDC_CLIENT_ID ?? '', clientSecret: env.OIDC_CLIENT_SECRET ?? '' };
  const acme = { type: 'oidc', issuer: env.OIDC_ISSUER ?? '', ...client } as const;
  // Two names for one provider, so that there is something to link: yours will be two.
  const providers = { acme, other: { ...acme, displayName: 'Other' } };
  const keys = await open({ sequelize, baseUrl, secret: env.LATCHKEY_SECRET ?? '', providers }, page);

  const app = express();
  app.use(keys.router);
  // `returnTo` is a path here; from here on, this knows where the page is.
  app.get('/signed-in', (_req, res) => res.redirect(page));
  app.use((error: Error & { readonly status?: number }, _req: Request, res: Response, _next: NextFunction) => {
    if (error.status === undefined) console.error(error);
    res.status(error.status ?? 500).json({ error: error.status === undefined ? 'internal' : error.message });
  });
  app.listen(port, () => console.log(`listening on ${baseUrl}`));
}

start().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});

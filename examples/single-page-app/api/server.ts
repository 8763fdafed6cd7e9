// The API: the plugin on another origin than the page's, and the redirect back to the page.

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
  // Two names for one provider, so that there is something to link; a real app has two providers.
  const providers = { acme, other: { ...acme, displayName: 'Other' } };
  const keys = await open({ sequelize, baseUrl, secret: env.LATCHKEY_SECRET ?? '', providers }, page);

  const app = express();
  app.use(keys.router);
  // `returnTo` must be a path on this origin; this route redirects to the page.
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

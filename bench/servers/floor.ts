// What cannot be beaten: Express 5 and the drivers by hand, the fewest statements, and no check of anything.

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import express, { type Request, type Response } from 'express';
import { mysqlStore } from './floor-mysql.js';
import { sqliteStore } from './floor-sqlite.js';
import { setting } from './setting.js';

const { port, baseUrl, databaseUrl, redisUrl = '', issuers } = setting();
const isSqlite = databaseUrl.startsWith('sqlite:');
const store = isSqlite ? sqliteStore(databaseUrl.slice('sqlite:'.length)) : await mysqlStore(databaseUrl, redisUrl);

const sha256 = (text: string) => createHash('sha256').update(text);
const providerOf = (req: Request) => String(req.params.provider);
const redirectUri = (provider: string) => `${baseUrl}/callback/${provider}`;

async function userOf(req: Request): Promise<number> {
  const [, id] = /(?:^|; )sid=([^;]+)/.exec(req.headers.cookie ?? '') ?? [];
  return Number((await store.get(`s:${id}`))?.user);
}

const begin = (isLink: boolean) => async (req: Request, res: Response) => {
  const provider = providerOf(req);
  const [state, verifier] = [randomUUID(), randomBytes(32).toString('base64url')];
  await store.put(`f:${state}`, { verifier, user: isLink ? await userOf(req) : 0 }, 600);
  const query = new URLSearchParams({
    client_id: 'bench',
    response_type: 'code',
    scope: 'openid email profile',
    redirect_uri: redirectUri(provider),
    state,
    code_challenge: sha256(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  res.redirect(`${issuers[provider]}/authorize?${query}`);
};

interface Claims {
  readonly sub: string;
  readonly email: string;
  readonly name: string;
}

async function redeem(provider: string, code: string, verifier: string): Promise<Claims> {
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri(provider),
    client_id: 'bench',
    client_secret: 'bench-secret',
    code_verifier: verifier,
  });
  const answer = await fetch(`${issuers[provider]}/token`, { method: 'POST', body });
  const { id_token } = (await answer.json()) as { readonly id_token: string };
  return JSON.parse(Buffer.from(id_token.split('.')[1] ?? '', 'base64url').toString());
}

async function finish(req: Request, res: Response): Promise<void> {
  const provider = providerOf(req);
  const flow = await store.take(`f:${req.query.state}`);
  const claims = await redeem(provider, String(req.query.code), String(flow?.verifier));
  const identity = sha256(`${provider} ${claims.sub}`).digest();
  const linking = Number(flow?.user);
  if (linking > 0) await store.link(linking, provider, identity);
  else {
    let user = await store.userOf(identity);
    if (user === undefined) {
      user = await store.addUser(claims);
      await store.link(user, provider, identity);
    }
    const id = randomUUID();
    await store.put(`s:${id}`, { user, name: claims.name }, 86_400);
    res.cookie('sid', id, { httpOnly: true, sameSite: 'lax' });
  }
  res.redirect('/');
}

const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.use(express.json());
app.get('/auth/:provider', begin(false));
app.get('/auth/:provider/link', begin(true));
app.get('/callback/:provider', finish);
app.get('/me', async (req, res) => void res.json({ user: await userOf(req) }));
app.get('/links', async (req, res) => void res.json(await store.links(await userOf(req))));
app.delete('/links/:provider', async (req, res) => {
  const isGone = await store.unlink(await userOf(req), providerOf(req));
  res.status(isGone ? 200 : 400).json({ ok: isGone });
});
app.get('/', (_req, res) => void res.send('ready'));
app.listen(port, '127.0.0.1');

// The app: its own sign-in by password and its own tokens, which the plugin accepts as well.

import express, { type NextFunction, type Request, type Response } from 'express';
import { type Latchkey, permitOf, type RequestUser } from 'express-latchkey';
import type { ModelStatic } from 'sequelize';
import type { Member } from './members.js';
import { passwordHasher } from './passwords.js';
import type { ownTokens } from './tokens.js';

interface Parts {
  readonly keys: Latchkey;
  readonly Member: ModelStatic<Member>;
  readonly tokens: ReturnType<typeof ownTokens>;
}

const idOf = (req: Request) => Number((req.user as RequestUser).id);

export function createApp({ keys, Member, tokens }: Parts) {
  const app = express();
  app.use(express.json(), tokens.readToken, keys.router);

  app.post('/register', async (req, res) => {
    const { mail, password } = req.body as { mail: string; password: string };
    const pwHash = await passwordHasher.hash(password);
    const made = await Member.create({ mail, pwHash, fullName: mail.split('@')[0], plan: 'free' });
    res.status(201).json({ token: await tokens.sign(made.memberId) });
  });

  app.post('/login', async (req, res) => {
    const { mail, password } = req.body as { mail: string; password: string };
    const member = await Member.findOne({ where: { mail } });
    if (member?.pwHash && (await passwordHasher.verify(member.pwHash, password))) res.json({ token: await tokens.sign(member.memberId) });
    else res.status(401).json({ error: 'Wrong address or password' });
  });

  // A member who signed in with a provider has a token of the plugin, and exchanges it here for one of the app.
  app.post('/token', keys.requireUser, async (req, res) => {
    res.json({ token: await tokens.sign(idOf(req)) });
  });

  app.get('/me', keys.requireUser, async (req, res) => {
    const member = await Member.findByPk(idOf(req), { rejectOnEmpty: true });
    const links = await keys.links.list(member.memberId);
    res.json({ name: member.fullName, hasPassword: member.pwHash !== null, links: links.map(({ provider }) => provider) });
  });

  app.delete(
    '/me/password',
    keys.requireUser,
    keys.antiLockout(() => ({ kind: 'password' })),
    async (req, res) => {
      await keys.links.removePassword(permitOf(req));
      res.sendStatus(204);
    },
  );

  app.use((error: Error & { readonly status?: number }, _req: Request, res: Response, _next: NextFunction) => {
    if (error.status === undefined) console.error(error);
    res.status(error.status ?? 500).json({ error: error.status === undefined ? 'internal' : error.message });
  });
  return app;
}

// A host of today: ESM, Express 5, users of the plugin's own, on any free port.

import { once } from 'node:events';
import { createServer } from 'node:http';
import express from 'express';
import { latchkey, sqliteDriver } from 'express-latchkey';
import { Sequelize } from 'sequelize';

const { DATABASE_FILE, LATCHKEY_SECRET, OIDC_ISSUER, GOOGLE_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, SOCIAL_SIGN_IN } = process.env;

const server = createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
const baseUrl = `http://127.0.0.1:${server.address().port}`;

const app = express();
app.use(express.json({ limit: '1mb' }));
app.use(express.urlencoded({ extended: false }));

if (SOCIAL_SIGN_IN !== 'off') {
  const client = { clientId: OIDC_CLIENT_ID, clientSecret: OIDC_CLIENT_SECRET };
  const keys = await latchkey({
    baseUrl,
    secret: LATCHKEY_SECRET,
    sequelize: new Sequelize({ dialect: 'sqlite', storage: DATABASE_FILE, dialectModule: sqliteDriver, logging: false }),
    providers: { oidc: { issuer: OIDC_ISSUER, ...client }, google: { issuer: GOOGLE_ISSUER, ...client } },
  });
  app.use(keys.router);
  app.get('/api/orders', keys.requireUser, (req, res) => {
    res.json({ member: req.user.id, orders: [] });
  });
}

app.get('/', (req, res) => {
  res.json({ user: req.user ?? null, body: req.body ?? null });
});
app.post('/api/import', (req, res) => {
  res.json({ imported: Array.isArray(req.body) ? req.body.length : 0, signedIn: req.user !== undefined });
});
app.post('/contact', (req, res) => {
  res.send(`Thank you, ${req.body.name}`);
});
app.use((_req, res) => {
  res.status(404).type('text').send('Nothing here');
});
app.use((error, _req, res, _next) => {
  res.status(error.status ?? 500).json({ oops: error.message });
});

server.on('request', app);
console.log(`listening on ${baseUrl}`);

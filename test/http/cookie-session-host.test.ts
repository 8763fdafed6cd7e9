// Cookie sessions in a host app whose `req.session` is a thing of its own.

import { once } from 'node:events';
import type { Server } from 'node:http';
import { expect } from 'chai';
import express from 'express';
import { Sequelize } from 'sequelize';
import { type Latchkey, latchkey, sqliteDriver } from '../../lib/index.js';
import { BrowserClient } from '../support/client.js';
import { freePort } from '../support/free-port.js';
import { person } from '../support/person.js';
import { TEST_SECRET } from '../support/server.js';
import { createDatabase } from '../support/services.js';
import { PASSWORD } from './scenarios.js';

type Session = object | undefined;

/** The two ways in which middleware gives a request a session. */
const WAYS: Readonly<Record<string, (req: object, keep: (session: Session) => void) => void>> = {
  'a plain value': (req) => {
    Object.assign(req, { session: { cart: 3 } });
  },
  // As cookie-session does: whoever writes here throws the app's session away.
  'an accessor': (req, keep) => {
    Object.defineProperty(req, 'session', { configurable: true, enumerable: true, get: () => ({ cart: 3 }), set: keep });
  },
};

for (const [way, give] of Object.entries(WAYS)) {
  describe(`A cookie session of an app whose request.session is ${way} of its own`, () => {
    let sequelize: Sequelize;
    let installed: Latchkey;
    let server: Server;
    let browser: BrowserClient;
    const seen: Session[] = [];
    const written: Session[] = [];

    before(async () => {
      const [{ url }, port] = await Promise.all([createDatabase('sqlite'), freePort()]);
      const baseUrl = `http://127.0.0.1:${port}`;
      const storage = url.replace(/^sqlite:/, '');
      sequelize = new Sequelize({ dialect: 'sqlite', storage, dialectModule: sqliteDriver, logging: false });
      installed = await latchkey({ sequelize, baseUrl, secret: TEST_SECRET, localAccounts: true, providers: {} });
      const app = express();
      app.use((req, _res, next) => {
        give(req, (session) => written.push(session));
        next();
      });
      app.use(installed.router);
      app.get('/cart', installed.requireUser, (req, res) => {
        seen.push((req as { session?: Session }).session);
        res.json({ ok: true });
      });
      server = app.listen(port, '127.0.0.1');
      await once(server, 'listening');
      browser = new BrowserClient(baseUrl);
    });
    after(async () => {
      server.closeAllConnections();
      server.close();
      await installed.close();
      await sequelize.close();
    });

    it('begins, ends, and leaves the other alone', async () => {
      const { email } = person();
      expect((await browser.call('POST', '/user', { email, password: PASSWORD })).json?.code).to.equal(0);
      expect((await browser.submit('/auth/password', { email, password: PASSWORD })).status).to.equal(303);
      expect((await browser.open('/cart')).status).to.equal(200);
      expect(seen).to.deep.equal([{ cart: 3 }]);
      expect((await browser.submit('/auth/logout')).status).to.equal(303);
      expect((await browser.me()).status).to.equal(401);
      expect(written).to.deep.equal([]);
    });
  });
}

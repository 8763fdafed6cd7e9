// A database that comes after the server: it is waited for, and everybody is told.

import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { openChaosDatabase } from '../support/chaos-database.js';
import { describeWithOwn, freshDatabase } from '../support/fault-stage.js';
import { request } from '../support/http-request.js';
import { launchServer } from '../support/server.js';

for (const kind of ['mariadb', 'postgres'] as const)
  describeWithOwn(kind, 'When the database is away at the start', (service) => {
    let databaseUrl = '';
    before(async () => {
      databaseUrl = await freshDatabase(service);
    });

    async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
      for (const end = Date.now() + 20_000; !(await condition()); await pause(50))
        if (Date.now() > end) throw new Error(`Timed out waiting until ${what}`);
    }
    const get = async (base: string, path: string) => {
      const { status, json } = await request(`${base}${path}`, { method: 'GET' });
      return { status, json };
    };

    for (const [how, leave, comeBack] of [
      ['refuses', () => service.stop(), () => service.start()],
      ['is frozen', () => service.pause(), () => service.resume()],
    ] as const)
      it(`and ${how}, the server waits, says so once, is alive but not ready, and serves when it comes`, async () => {
        await leave();
        const server = await launchServer({ databaseUrl });
        try {
          await until('it says that it waits', () => server.output().includes('the database is out of reach'));
          expect(await get(server.base, '/healthz')).to.deep.equal({ status: 200, json: { status: 'ok' } });
          const unavailable = { status: 503, json: { status: 'unavailable', failing: ['database'] } };
          expect(await get(server.base, '/readyz')).to.deep.equal(unavailable);
          expect(await get(server.base, '/site/config/login')).to.deep.equal(unavailable);
          await pause(1_500);
          expect(server.output().match(/out of reach/g)).to.have.length(1);
          expect(server.output()).not.to.include('listening on');
        } finally {
          await comeBack();
        }
        await until('it serves', () => server.output().includes('listening on'));
        expect((await get(server.base, '/readyz')).status).to.equal(200);
        expect((await get(server.base, '/site/config/login')).status).to.equal(200);
        expect(await server.stop('SIGTERM')).to.deep.equal({ code: 0, signal: null });
      }).timeout(60_000);

    it('and can only be read, the server waits, is not ready, and serves when it can be written again', async () => {
      const database = await openChaosDatabase(service);
      await database.readOnly(true);
      const server = await launchServer({ databaseUrl: database.url });
      try {
        await until('it says that it waits', () => server.output().includes('the database is out of reach'));
        expect(await get(server.base, '/healthz')).to.deep.equal({ status: 200, json: { status: 'ok' } });
        expect(await get(server.base, '/readyz')).to.deep.equal({ status: 503, json: { status: 'unavailable', failing: ['database'] } });
      } finally {
        await database.readOnly(false);
      }
      await until('it serves', () => server.output().includes('listening on'));
      expect((await get(server.base, '/readyz')).status).to.equal(200);
      expect(await server.stop('SIGTERM')).to.deep.equal({ code: 0, signal: null });
      await database.close();
    }).timeout(60_000);

    it('it ends at once while it waits', async () => {
      await service.stop();
      const server = await launchServer({ databaseUrl });
      try {
        await until('it says that it waits', () => server.output().includes('the database is out of reach'));
        expect(await server.stop('SIGTERM')).to.deep.equal({ code: 0, signal: null });
      } finally {
        await service.start();
      }
    }).timeout(60_000);

    it('one that does not know us, or holds no such database, is a mistake to mend and not waited for', async () => {
      const wrong = await launchServer({ databaseUrl: `${databaseUrl}_of_nobody` });
      expect(await wrong.exit).to.deep.equal({ code: 1, signal: null });
      expect(wrong.output()).to.match(/latchkey: the database server has no database of this name[^\n]*\n$/);
    }).timeout(60_000);
  });

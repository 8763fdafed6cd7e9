// A database behind a slow network: however many statements a request takes, the person is answered in time.

import { expect } from 'chai';
import { ApiClient, BrowserClient } from '../support/client.js';
import { CALLS, timed } from '../support/fault-calls.js';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { describeWithOwn, type FaultStage, type FaultUser, freshDatabase, linkedUser, openFaultStage } from '../support/fault-stage.js';
import { person } from '../support/person.js';
import type { Server } from '../support/server.js';

const ANSWERED_MS = 5_000;

for (const kind of ['mariadb', 'postgres'] as const)
  describeWithOwn(kind, 'When every packet of the database takes long', (service) => {
    let stage: FaultStage;
    let proxy: FaultProxy;
    let server: Server;
    let user: FaultUser;
    before(async function () {
      this.timeout(60_000);
      const url = new URL(await freshDatabase(service));
      proxy = await startFaultProxy(Number(url.port));
      url.port = String(proxy.port);
      url.hostname = '127.0.0.1';
      stage = await openFaultStage({ databaseUrl: url.href });
      server = await stage.start();
      user = await linkedUser(stage, server.base);
    });
    after(async () => {
      await stage.close();
      await proxy.close();
    });
    afterEach(() => proxy.delay(0));

    for (const ms of [250, 600, 900])
      it(`${ms} ms: every call is answered within 5 s, and a finish as well`, async () => {
        const back = await new ApiClient(server.base).visit('google', stage.google, person());
        const finisher = new ApiClient(server.base);
        const browser = new BrowserClient(server.base);
        proxy.delay(ms);
        const slow: string[] = [];
        const note = (name: string, took: number) => took > ANSWERED_MS && slow.push(`${name}: ${Math.round(took)} ms`);
        const began = performance.now();
        await Promise.all([
          ...CALLS.map(async (call) => note(call.name, (await timed(call, user)).ms)),
          finisher.finish('google', back).then(() => note('a finish that signs up', performance.now() - began)),
          browser.open('/account/connections').then(() => note('the page', performance.now() - began)),
        ]);
        expect(slow).to.deep.equal([]);
      }).timeout(60_000);

    it('and it serves as ever when the network is well again', async () => {
      const client = await new ApiClient(server.base).signIn('google', stage.google, person());
      expect((await client.identities()).status).to.equal(200);
    }).timeout(20_000);
  });

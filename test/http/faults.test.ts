// Storage refused, frozen, crashed and back: what everyone is told meanwhile, and that the process heals by itself.

import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { ApiClient } from '../support/client.js';
import { CALLS, expectUnavailable, isInternal, type TimedAnswer, timed } from '../support/fault-calls.js';
import { describeWithOwn, type FaultStage, type FaultUser, freshDatabase, linkedUser, openFaultStage } from '../support/fault-stage.js';
import { request } from '../support/http-request.js';
import { person } from '../support/person.js';
import type { Server } from '../support/server.js';

const REFUSED_MS = 3_000;
const FROZEN_MS = 5_000;
const HEALED_MS = 5_000;

async function expectAlive({ base }: Server): Promise<void> {
  const begun = performance.now();
  const { status, json } = await request(`${base}/healthz`, { method: 'GET' });
  expect({ status, json }).to.deep.equal({ status: 200, json: { status: 'ok' } });
  expect(performance.now() - begun).to.be.below(1_000);
}

const ready = ({ base }: Server) => request(`${base}/readyz`, { method: 'GET' });

async function expectNotReady(server: Server, part: 'database' | 'redis'): Promise<void> {
  const { status, json } = await ready(server);
  expect({ status, json }).to.deep.equal({ status: 503, json: { status: 'unavailable', failing: [part] } });
}

/** Ready, and an honest person signs in, links and is limited again, all within the time to heal. */
async function expectHealed(server: Server, { google, oidc }: FaultStage): Promise<void> {
  const begun = performance.now();
  while ((await ready(server)).status !== 200) {
    if (performance.now() - begun > HEALED_MS) throw new Error('It does not get ready again');
    await pause(50);
  }
  const who = person();
  const client = await new ApiClient(server.base).signIn('google', google, who);
  await client.link('oidc', oidc, who);
  expect((await client.prepare('google')).headers.get('ratelimit')).to.be.a('string');
  expect(performance.now() - begun).to.be.below(HEALED_MS);
}

for (const kind of ['mariadb', 'postgres'] as const) {
  describeWithOwn(kind, 'When the database goes away', (service) => {
    let stage: FaultStage;
    let server: Server;
    let user: FaultUser;
    before(async function () {
      this.timeout(60_000);
      stage = await openFaultStage({ databaseUrl: await freshDatabase(service) });
      server = await stage.start();
      user = await linkedUser(stage, server.base);
    });
    after(() => stage.close());

    it('everyone is told so within 3 s while it refuses, and served again when it is back', async () => {
      await service.stop();
      const answers: TimedAnswer[] = [];
      try {
        for (const call of CALLS) answers.push(await timed(call, user));
        await expectAlive(server);
        await expectNotReady(server, 'database');
      } finally {
        await service.start();
      }
      await expectHealed(server, stage);
      for (const answer of answers) expectUnavailable(answer, REFUSED_MS);
    });

    it('and within 5 s while it is frozen, however many ask', async () => {
      await Promise.all(Array.from({ length: 20 }, () => user.identities()));
      await service.pause();
      const answers: TimedAnswer[] = [];
      try {
        for (let round = 0; round < 2; round += 1) {
          const asking = Promise.all(CALLS.map((call) => timed(call, user)));
          await pause(100);
          await expectAlive(server);
          await expectNotReady(server, 'database');
          answers.push(...(await asking));
        }
      } finally {
        await service.resume();
      }
      await expectHealed(server, stage);
      for (const answer of answers) expectUnavailable(answer, FROZEN_MS);
      expect(await user.linked()).to.deep.equal(['google']);
    });

    it('fifty who waited in vain take nothing from the fifty who come after', async () => {
      const list = { name: 'list', dialect: 'genauth', needsRedis: false, send: (client: FaultUser) => client.identities() } as const;
      const fifty = () => Promise.all(Array.from({ length: 50 }, () => timed(list, user)));
      await service.pause();
      const inVain = await fifty().finally(() => service.resume());
      for (const answer of inVain) expectUnavailable(answer, FROZEN_MS);
      const begun = performance.now();
      expect((await fifty()).map(({ answer }) => answer.status)).to.deep.equal(Array(50).fill(200));
      expect(performance.now() - begun).to.be.below(3_000);
    });

    it('nobody sees an internal error while it crashes, freezes and returns under load', async () => {
      let over = false;
      const internal: TimedAnswer[] = [];
      let slow = 0;
      const load = async () => {
        while (!over) {
          const answers = await Promise.all(CALLS.map((call) => timed(call, user)));
          internal.push(...answers.filter(isInternal));
          slow = Math.max(slow, ...answers.map(({ ms }) => ms));
        }
      };
      const loads = Promise.all([load(), load()]);
      for (let round = 0; round < 3; round += 1) {
        await pause(300 + Math.random() * 200);
        await service.stop();
        await pause(100);
        await service.start();
        await pause(300 + Math.random() * 200);
        await service.pause();
        await pause(300);
        await service.resume();
      }
      over = true;
      await loads;
      await expectHealed(server, stage);
      expect(internal.map(({ call, answer }) => `${call.name}: ${answer.text}`)).to.deep.equal([]);
      expect(slow).to.be.below(FROZEN_MS);
    }).timeout(60_000);
  });
}

describeWithOwn('redis', 'When Redis goes away', (service) => {
  let stage: FaultStage;
  let server: Server;
  let user: FaultUser;
  before(async function () {
    this.timeout(60_000);
    stage = await openFaultStage({ redisUrl: await service.url() });
    server = await stage.start();
    user = await linkedUser(stage, server.base);
  });
  after(() => stage.close());

  /** Limits and flows are refused, and what needs neither goes on. */
  async function expectOnlyRedisMissed(withinMs: number): Promise<void> {
    const answers = await Promise.all(CALLS.filter(({ needsRedis }) => needsRedis).map((call) => timed(call, user)));
    for (const answer of answers) expectUnavailable(answer, withinMs);
    expect(await user.linked()).to.deep.equal(['google']);
    await expectAlive(server);
    await expectNotReady(server, 'redis');
  }

  it('limits and flows are refused within 3 s, and work again when it is back', async () => {
    await service.stop();
    await expectOnlyRedisMissed(REFUSED_MS).finally(() => service.start());
    await expectHealed(server, stage);
  });

  it('and within 5 s while it is frozen, also for long', async () => {
    await service.pause();
    try {
      await expectOnlyRedisMissed(FROZEN_MS);
      await pause(3_000);
      await expectOnlyRedisMissed(FROZEN_MS);
    } finally {
      await service.resume();
    }
    await expectHealed(server, stage);
  });

  it('nobody gets past a limit because it was away', async () => {
    const { rateLimits } = stage.options.config as { readonly rateLimits: object };
    const limited = await stage.start({
      config: { ...(stage.options.config as object), rateLimits: { ...rateLimits, unlink: { limit: 2, window: '1h' } } },
    });
    const { token } = await linkedUser(stage, server.base);
    const client = new ApiClient(limited.base, token);
    const attempt = async () => (await client.unlink('oidc')).status;
    expect([await attempt(), await attempt(), await attempt()]).to.deep.equal([200, 200, 429]);
    await service.pause();
    expect(await Promise.all([attempt(), attempt()]).finally(() => service.resume())).to.deep.equal([503, 503]);
    await pause(HEALED_MS / 2);
    expect(await attempt()).to.equal(429);
  }).timeout(60_000);

  it('a server that starts without it serves what it can, and the rest when it comes', async () => {
    await service.stop();
    try {
      server = await stage.start();
      user = Object.assign(new ApiClient(server.base, user.token), { email: user.email, cookie: user.cookie, idToken: user.idToken });
      await expectOnlyRedisMissed(REFUSED_MS);
    } finally {
      await service.start();
    }
    await expectHealed(server, stage);
  }).timeout(60_000);
});

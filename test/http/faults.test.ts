// Storage refused, frozen and back: what every caller sees, and that the process heals by itself.

import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { request } from '../support/http-request.js';
import { CALLS, expectUnavailable, timed, type TimedAnswer } from '../support/fault-calls.js';
import { describeWithOwn, type FaultStage, freshDatabase, linkedUser, openFaultStage } from '../support/fault-stage.js';
import type { Server } from '../support/server.js';

type User = Awaited<ReturnType<typeof linkedUser>>;
const REFUSED_MS = 3_000;
const FROZEN_MS = 5_000;
const HEALED_MS = 5_000;

const note = (...words: unknown[]) => void (process.env.FAULTS_VERBOSE && console.log('     ', ...words));
const slowest = (answers: readonly TimedAnswer[]) => { const s = [...answers].sort((a, b) => b.ms - a.ms); return s.slice(0, 3).map(({ call, ms, answer }) => `${call.name} ${ms} (${answer.status})`).join(', '); };

async function health(base: string): Promise<void> {
  const begun = performance.now();
  const { status, json } = await request(`${base}/healthz`, { method: 'GET' });
  expect({ status, json }).to.deep.equal({ status: 200, json: { status: 'ok' } });
  expect(performance.now() - begun).to.be.below(1_000);
}

/** Asks every 100 ms until it answers 200. */
async function healed(ask: () => Promise<{ readonly status: number }>): Promise<number> {
  const begun = performance.now();
  while ((await ask()).status !== 200) {
    if (performance.now() - begun > HEALED_MS) throw new Error('It did not heal');
    await pause(100);
  }
  return Math.round(performance.now() - begun);
}

for (const kind of ['mariadb', 'postgres'] as const) {
  describeWithOwn(kind, 'When the database fails', (service) => {
    let stage: FaultStage;
    let server: Server;
    let user: User;

    before(async function () {
      this.timeout(60_000);
      stage = await openFaultStage({ databaseUrl: await freshDatabase(service) });
      server = await stage.start();
      user = await linkedUser(stage, server.base);
    });
    after(() => stage.close());

    const ready = () => request(`${server.base}/readyz`, { method: 'GET' });

    it('everyone is told so within 3 s while it refuses', async () => {
      await service.stop();
      const answers: TimedAnswer[] = [];
      for (const call of CALLS) answers.push(await timed(call, user));
      note('refused', slowest(answers));
      for (const answer of answers) expectUnavailable(answer, REFUSED_MS);
      await health(server.base);
      const { status, json } = await ready();
      expect({ status, json }).to.deep.equal({ status: 503, json: { status: 'unavailable', failing: ['database'] } });
      await service.start();
      note('healed', await healed(() => user.identities()), 'ready', await healed(ready));
    });

    it('and within 5 s while it is frozen', async () => {
      await Promise.all(Array.from({ length: 10 }, () => user.identities()));
      await service.pause();
      const all = Promise.all(CALLS.map((call) => timed(call, user)));
      await pause(500);
      await health(server.base);
      const { status, json } = await ready();
      const answers = await all;
      note('frozen', slowest(answers));
      const again = await Promise.all(CALLS.map((call) => timed(call, user)));
      note('frozen again', slowest(again));
      await service.resume();
      const ms = await healed(() => user.identities());
      note('healed', ms, 'ready', await healed(ready));
      for (const answer of [...answers, ...again]) expectUnavailable(answer, FROZEN_MS);
      expect({ status, json }).to.deep.equal({ status: 503, json: { status: 'unavailable', failing: ['database'] } });
    });

    it('leak', async () => {
      const call = CALLS.find(({ name }) => name === 'list identities')!;
      await service.pause();
      const answers = await Promise.all(Array.from({ length: 50 }, () => timed(call, user)));
      note('50 frozen', slowest(answers));
      await service.resume();
      const after = await Promise.all(Array.from({ length: 50 }, () => timed(call, user)));
      note('50 after', slowest(after));
      expect(after.filter(({ answer }) => answer.status !== 200)).to.deep.equal([]);
    });

    after(() => note(server.output().replace(/stack[^}]*/g, '').split('\n').filter(l => !/ECONNREFUSED/.test(l)).map(l=>l.slice(0,300)).slice(0,60).join('\n')));
  });
}

// Two processes while everything around them fails and they are killed themselves: nobody loses the last way in, nothing is done by half.

import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { chanceOf } from '../support/chance.js';
import { type ChaosDatabase, openChaosDatabase } from '../support/chaos-database.js';
import { faultsOf } from '../support/chaos-faults.js';
import { brokenIn, untoldIn } from '../support/chaos-invariants.js';
import { Lane } from '../support/chaos-lane.js';
import { ChaosClient, type Member, makeMembers } from '../support/chaos-people.js';
import { Tally } from '../support/chaos-tally.js';
import { describeWithOwn, type FaultStage, openFaultStage } from '../support/fault-stage.js';
import { request } from '../support/http-request.js';
import { type Try, tryWayIn, type WayIn } from '../support/ways-in.js';

/** How long everything fails; `CHAOS_SECONDS=600` is the long form. */
const SECONDS = Number(process.env.CHAOS_SECONDS ?? 8);
const SEED = Number(process.env.CHAOS_SEED ?? 11);
const LONGER_S = 40;
const PAIRS = 3;
/** As many as a process has connections. */
const PATIENCE = 10;
const READY_MS = 5_000;
/** For the start, the last look, and a slow machine. */
const AROUND_MS = 150_000;

for (const kind of ['mariadb', 'postgres'] as const) {
  describeWithOwn(kind, 'While processes, database and network fail', (databases) => {
    describeWithOwn('redis', 'two processes', (redis) => {
      let stage: FaultStage;
      let database: ChaosDatabase;
      let lanes: readonly Lane[];
      let members: readonly Member[];

      before(async function () {
        this.timeout(AROUND_MS);
        stage = await openFaultStage();
        database = await openChaosDatabase(databases);
        const redisUrl = await redis.url();
        const { google, oidc } = stage;
        const named = Object.fromEntries(
          Object.entries({ google, oidc }).map(([id, { issuer, clientId, clientSecret }]) => [
            id,
            { issuer, clientId, clientSecret, displayName: id },
          ]),
        );
        const options = {
          databaseUrl: database.url,
          redisUrl,
          env: { ...stage.options.env, BASE_URL: 'http://127.0.0.1:3000' }, // One public origin, whichever process answers.
          config: { ...stage.settings, providers: named },
        };
        const first = await stage.start(options);
        members = await makeMembers(stage, first.base, PAIRS);
        await first.stop();
        // From here on an identity that is nobody's stays nobody's.
        const closed = { ...options, config: { ...options.config, signUp: false } };
        lanes = await Promise.all([Lane.open(stage, closed), Lane.open(stage, closed)]);
      });

      after(async function () {
        this.timeout(AROUND_MS);
        await Promise.all(lanes.map((lane) => lane.close()));
        await stage.close();
        await database.close();
      });

      /** How long it takes, in milliseconds. */
      async function ready({ base }: Lane): Promise<number> {
        const begun = performance.now();
        while ((await request(`${base}/readyz`, { method: 'GET' })).status !== 200) {
          if (performance.now() - begun > 4 * READY_MS) break;
          await pause(20);
        }
        return Math.round(performance.now() - begun);
      }

      /** A connection that was lost without a word is found out by who is the first to use it again: they try once more. */
      async function patientTry({ base }: Lane, way: WayIn): Promise<Try> {
        for (let left = PATIENCE; ; left -= 1) {
          const tried = await tryWayIn(base, way);
          if (left === 0 || !tried.said.includes('50001')) return tried;
        }
      }

      it(`keep every promise for ${SECONDS} s, and are ready soon after`, async () => {
        const chance = chanceOf(SEED);
        const tally = new Tally();
        const faults = faultsOf(lanes, database, chance);
        const struck = new Map(Object.keys(faults).map((name) => [name, 0]));
        const broken = new Set<string>();
        let looks = 0;
        let isOver = false;
        const clients = members.flatMap((member, n) =>
          lanes.map((lane, side) => new ChaosClient(member, lane, chanceOf(SEED * 1000 + 2 * n + side), tally)),
        );
        const calling = Promise.all(clients.map((client) => client.run(() => isOver)));

        const begun = performance.now();
        /** Everything has struck, and somebody has tried to lose the last way in: a slow machine needs longer for that. */
        const sawAll = () => [...struck.values()].every((times) => times > 0) && tally.kept > 0;
        const isEnough = (seconds: number) => seconds > SECONDS && (sawAll() || seconds > SECONDS + LONGER_S);
        let names: string[] = [];
        while (!isEnough((performance.now() - begun) / 1000)) {
          if (names.length === 0) names = chance.shuffled(Object.keys(faults));
          const name = String(names.pop());
          const ms = 50 + chance.below(350) + (SECONDS > 60 && chance.below(8) === 0 ? 3_000 : 0);
          struck.set(name, (struck.get(name) ?? 0) + ((await faults[name]?.(ms)) ?? 0));
          for (const promise of await brokenIn(database.admin, members)) broken.add(promise);
          looks += 1;
          await pause(50 + chance.below(350));
        }
        // The last fault strikes everybody.
        await Promise.all(lanes.map((lane) => lane.serving()));
        const proxies = lanes.flatMap((lane) => [lane.database, lane.redis]);
        for (const proxy of proxies) proxy.freeze(true);
        await pause(500);
        for (const proxy of proxies) proxy.freeze(false);
        const healing = await Promise.all(lanes.map(ready));
        isOver = true;
        await calling;

        const figures = {
          ...{ calls: tally.calls, said: tally.figures, slowestMs: Math.round(tally.slowestMs), looks, readyAfterMs: healing },
          ...{ kills: lanes.map(({ kills }) => kills), faults: Object.fromEntries(struck) },
        };
        if (process.env.CHAOS_SECONDS !== undefined) console.log(JSON.stringify(figures, undefined, 2));

        expect(tally.faults.slice(0, 20), 'answers that nobody may get').to.deep.equal([]);
        expect(
          lanes.flatMap(({ ended }) => ended),
          'processes that ended by themselves',
        ).to.deep.equal([]);
        expect([...broken], 'promises broken meanwhile').to.deep.equal([]);
        expect(await brokenIn(database.admin, members), 'promises broken in the end').to.deep.equal([]);
        expect(await untoldIn(database.admin, members), 'unlinks that were told otherwise').to.deep.equal([]);
        for (const lane of lanes) {
          for (const { id, email, ways } of members) {
            const tries = [];
            for (const way of ways) tries.push(await patientTry(lane, way));
            expect(
              tries.map(({ userId }) => userId),
              `${email} signs in: ${JSON.stringify(tries)}`,
            ).to.include(id);
          }
        }
        expect(Math.max(...healing), 'ready again').to.be.below(READY_MS);
        // It was no calm: everything struck, and people got on with it.
        for (const [name, times] of struck) expect(times, name).to.be.above(0);
        for (const word of ['cloudreve 0', 'cloudreve 50001', 'no answer']) expect(tally.said.get(word) ?? 0, word).to.be.above(0);
        expect(tally.kept, 'refusals of the last way in').to.be.above(0);
      }).timeout(SECONDS * 1000 + AROUND_MS);
    });
  });
}

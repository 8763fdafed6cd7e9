// No sequence of calls leaves a person without a way to sign in: random ones, each step really tried over HTTP.

import { expect } from 'chai';
import fc from 'fast-check';
import { DataTypes } from 'sequelize';
import { memberHost, ownUsersHost } from '../support/member-host.js';
import { newTag } from '../support/new-tag.js';
import { openRestartableHost, type RestartableHost } from '../support/restartable-host.js';
import { Player, Unavailable } from '../support/sequence-player.js';
import { HOSTS, type Sequence, sequences, tellSequence } from '../support/sequence-steps.js';
import { openWayInWorld, type WayInWorld } from '../support/way-in-world.js';

/** `SEQUENCES=20000 SEED=1 npx mocha test/http/sequences.test.ts` plays more of them, or the same ones again. */
const RUNS = Number(process.env.SEQUENCES ?? 60);
const SEED = process.env.SEED === undefined ? undefined : Number(process.env.SEED);
const MS_EACH = 2_000;

const SETUPS: Readonly<Record<Sequence['host'], Parameters<typeof openRestartableHost>[0]['host']>> = {
  'our own users': ownUsersHost,
  members: memberHost({}),
  'members without a unique address': memberHost({
    columns: { email: { type: DataTypes.STRING(255) }, password: { type: DataTypes.STRING(255), allowNull: false } },
    users: { defaults: () => ({ plan: 'free', password: newTag() }) },
  }),
};

function told({ failed, seed, counterexamplePath, numRuns, counterexample, errorInstance }: fc.RunDetails<[Sequence]>): void {
  if (!failed) return;
  const [sequence] = counterexample ?? [];
  const why = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  const where = `The ${numRuns}th sequence broke the promise (seed ${seed}, path ${counterexamplePath}). The shortest like it:`;
  throw new Error([where, sequence === undefined ? 'none' : tellSequence(sequence), why].join('\n'), { cause: errorInstance });
}

describe('No sequence of calls', () => {
  let world: WayInWorld;
  const hosts = new Map<Sequence['host'], RestartableHost>();

  before(async () => {
    world = await openWayInWorld();
    for (const name of HOSTS) {
      const host = SETUPS[name];
      hosts.set(name, await openRestartableHost({ database: 'sqlite', ...(host === undefined ? {} : { host }) }));
    }
  });
  after(async () => {
    for (const host of hosts.values()) await host.close();
    await world.close();
  });

  it(`leaves anybody without a way to sign in (${RUNS} sequences)`, async function () {
    this.timeout(60_000 + RUNS * MS_EACH);
    let [steps, unjudged] = [0, 0];
    const property = fc.asyncProperty(sequences, async (sequence) => {
      const host = hosts.get(sequence.host);
      if (host === undefined) throw new TypeError(`${sequence.host} was not opened`);
      try {
        steps += await new Player({ world, host, sequence }).play();
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
        unjudged += 1;
      }
    });
    const from = performance.now();
    await fc.assert(property, { numRuns: RUNS, ...(SEED === undefined ? {} : { seed: SEED }), asyncReporter: async (run) => told(run) });
    const seconds = Math.round((performance.now() - from) / 1000);
    console.log(`      ${RUNS - unjudged} sequences to their end, ${steps} steps, ${seconds} s`);
    expect(unjudged, 'a machine too slow for the database').to.be.at.most(RUNS / 100);
  });
});

// No sequence of calls leaves a person without a way to sign in: random ones, each step really tried over HTTP.

import { expect } from 'chai';
import fc from 'fast-check';
import { DataTypes } from 'sequelize';
import { memberHost, ownUsersHost } from './member-host.js';
import { newTag } from './new-tag.js';
import { openRestartableHost, type RestartableHost } from './restartable-host.js';
import { Mailbox } from './sequence-mailbox.js';
import { Player } from './sequence-player.js';
import { Unavailable } from './sequence-scene.js';
import { type Sequence, sequencesOn, tellSequence } from './sequence-steps.js';
import { openWayInWorld, type WayInWorld } from './way-in-world.js';

/**
 * `SEQUENCES=20000 npx mocha test/http/sequences-members.test.ts` plays more of them, others each time; `SEED` the same ones. Each of
 * the three files plays so many: 2,001 together where everything must be shown.
 */
const RUNS = Number(process.env.SEQUENCES ?? (process.env.REQUIRE_SERVICES === '1' ? 667 : 100));
/** The suite plays the same ones each time: what a change broke is told from what luck found. By hand others come each time. */
const SUITE_SEED = 1;
const SEED = process.env.SEED !== undefined ? Number(process.env.SEED) : process.env.SEQUENCES === undefined ? SUITE_SEED : undefined;
const MS_EACH = 2_000;

const PROOF = {
  state: { type: DataTypes.STRING(20), allowNull: false, defaultValue: 'active' },
  proven: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: false },
};
const SAYS = { status: 'state', emailVerified: 'proven' };

const SETUPS: Readonly<Record<Sequence['host'], Parameters<typeof openRestartableHost>[0]['host']>> = {
  'our own users': ownUsersHost,
  members: memberHost({ columns: PROOF, users: SAYS }),
  'members without a unique address': memberHost({
    columns: { ...PROOF, email: { type: DataTypes.STRING(255) }, password: { type: DataTypes.STRING(255), allowNull: false } },
    users: { ...SAYS, defaults: () => ({ plan: 'free', password: newTag() }) },
  }),
};

function told({ failed, seed, counterexamplePath, numRuns, counterexample, errorInstance }: fc.RunDetails<[Sequence]>): void {
  if (!failed) return;
  const [sequence] = counterexample ?? [];
  const why = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  const where = `The ${numRuns}th sequence broke the promise (seed ${seed}, path ${counterexamplePath}). The shortest like it:`;
  throw new Error([where, sequence === undefined ? 'none' : tellSequence(sequence), why].join('\n'), { cause: errorInstance });
}

/** The suite of one host: a file of its own each, so that a parallel run plays them side by side. */
export function describeSequences(name: Sequence['host']): void {
  describe(`No sequence of calls on ${name}`, () => {
    let [world, host]: [WayInWorld?, RestartableHost?] = [];
    const mailbox = new Mailbox();

    before(async () => {
      world = await openWayInWorld();
      const setup = SETUPS[name];
      host = await openRestartableHost({
        database: 'sqlite',
        host: async (sequelize) => {
          const { options, ...more } = (await setup?.(sequelize)) ?? {};
          return { ...more, options: { ...options, mail: mailbox.mail } };
        },
      });
    });
    after(async () => {
      await host?.close();
      await world?.close();
    });

    it(`leaves anybody without a way to sign in (${RUNS} sequences)`, async function () {
      this.timeout(60_000 + RUNS * MS_EACH);
      let [steps, unjudged] = [0, 0];
      const property = fc.asyncProperty(sequencesOn(name), async (sequence) => {
        if (world === undefined || host === undefined) throw new TypeError('Nothing was opened');
        try {
          steps += await new Player({ world, host, mailbox, sequence }).play();
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
}

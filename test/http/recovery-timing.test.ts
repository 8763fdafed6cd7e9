// How long an answer takes tells nobody whether an address has an account.

import { expect } from 'chai';
import { nextMail, tokenOf } from '../support/mailbox.js';
import { person } from '../support/person.js';
import { describeOn } from '../support/services.js';
import { openStage, type Stage } from '../support/stage.js';

/** Of each kind; `TIMINGS=200` where everything must be shown. */
const TIMINGS = Number(process.env.TIMINGS ?? 60);
const PASSWORD = 'Correct horse battery 9';

/** How often a value of the one list is above one of the other: one half where the two are alike. */
function shareAbove(one: readonly number[], other: readonly number[]): number {
  const wins = one.flatMap((a) => other.map((b) => (a > b ? 1 : a === b ? 0.5 : 0)));
  return wins.reduce<number>((sum, win) => sum + win, 0) / wins.length;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

describeOn(['sqlite'], 'The time of an answer', (kind) => {
  let stage: Stage;
  before(async () => {
    stage = await openStage({ database: kind, config: { verifyEmail: true } });
  });
  after(() => stage.close());

  for (const [title, path] of [
    ['a forgotten password', '/api/v1/auth/forgot-password'],
    ['a link that is asked for again', '/api/v1/auth/resend-verification'],
    ['a new password at Cloudreve', '/user/reset'],
  ] as const) {
    it(`of ${title} is the same for known, pending and unknown addresses`, async () => {
      const [server] = stage.servers;
      if (server === undefined) throw new TypeError('There is a server');
      const [known, pending] = [person('known').email, person('pending').email];
      await stage.client().signUp(known, PASSWORD);
      await stage.client().call('POST', '/api/v1/auth/verify-email', { token: tokenOf(await nextMail(server, known, [])) });
      await stage.client().signUp(pending, PASSWORD);
      const times: Record<'known' | 'pending' | 'unknown', number[]> = { known: [], pending: [], unknown: [] };
      const addresses = { known: () => known, pending: () => pending, unknown: () => person('unknown').email };
      const kinds = Object.keys(times) as readonly (keyof typeof times)[];
      for (let n = 0; n < TIMINGS + 5; n += 1) {
        // In turns, each kind as often behind each other one.
        for (const each of n % 2 === 0 ? kinds : kinds.toReversed()) {
          const email = addresses[each]();
          const begun = performance.now();
          await stage.client().call('POST', path, { email });
          if (n >= 5) times[each].push(performance.now() - begun);
        }
      }
      const told = kinds.map((each) => `${each} ${median(times[each]).toFixed(2)} ms`).join(', ');
      if (process.env.TIMINGS !== undefined) console.log(`      medians: ${told}`);
      for (const each of ['known', 'pending'] as const) {
        const share = shareAbove(times[each], times.unknown);
        if (process.env.TIMINGS !== undefined) console.log(`      ${each} above unknown in ${(100 * share).toFixed(1)} % of pairs`);
        expect(share, `${each} against unknown: ${told}`).to.be.within(0.15, 0.85);
      }
    }).timeout(60_000);
  }
});

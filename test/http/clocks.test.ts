// Two hosts that serve together, and whose clocks differ by 20 s: whoever signed in at one is known at the other.

import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { ApiClient } from '../support/client.js';
import type { HttpAnswer } from '../support/http-request.js';
import { person } from '../support/person.js';
import { openStage, type Stage } from '../support/stage.js';
import { change } from './scenarios.js';

const SHIFT_S = 20;
const CLOCK = new URL('../support/shifted-clock.mjs', import.meta.url).href;

const codeOf = ({ json }: HttpAnswer): unknown => json?.code;
const now = () => Math.floor(Date.now() / 1000);

describe('Two hosts whose clocks differ by 20 s', () => {
  let stage: Stage;
  let bases: Readonly<Record<'right' | 'ahead', string>>;

  before(async function () {
    this.timeout(60_000);
    stage = await openStage({ database: 'sqlite', processes: 1 });
    const right = stage.client().base;
    const env = { BASE_URL: right, NODE_OPTIONS: `--import ${CLOCK}`, CLOCK_SHIFT_MS: String(SHIFT_S * 1000) };
    const ahead = await stage.start({}, env);
    bases = { right, ahead: ahead.base };
  });
  after(() => stage.close());

  for (const [here, there] of [
    ['right', 'ahead'],
    ['ahead', 'right'],
  ] as const) {
    it(`serve each other's tokens, from the one that is ${here} at the other`, async () => {
      const by = await new ApiClient(bases[here]).signIn('google', stage.providers.google, person());
      const drift = Number(decodeJwt(by.token ?? '').nbf) - now();
      expect(drift, 'the clock is what it should be').to.be.closeTo(here === 'ahead' ? SHIFT_S : 0, 2);
      const other = new ApiClient(bases[there], by.token);
      expect(codeOf(await other.setting())).to.equal(0);
      expect(await other.linked()).to.deep.equal(['google']);
      const refreshed = await other.refresh(by.refreshToken);
      expect(codeOf(refreshed)).to.equal(0);
      expect(Number(decodeJwt(String(refreshed.json?.data?.access_token)).nbf)).to.be.closeTo(now(), SHIFT_S + 2);
      for (const base of [bases[here], bases[there]]) {
        expect(codeOf(await new ApiClient(base, String(refreshed.json?.data?.access_token)).setting())).to.equal(0);
      }
    });

    it(`agree on how long ago a refresh token was used at the one that is ${here}`, async () => {
      const by = await new ApiClient(bases[here]).signIn('google', stage.providers.google, person());
      const other = new ApiClient(bases[there]);
      const first = await by.refresh();
      for (const tab of [other, by]) expect((await tab.refresh(by.refreshToken)).json?.data).to.deep.equal(first.json?.data);
      const { root_token_id: id } = decodeJwt(by.token ?? '');
      const later = (ms: number) => change(stage, 'UPDATE refresh_tokens SET rotated_at = rotated_at - :ms WHERE id = :id', { ms, id });
      await later(7_000);
      expect(codeOf(await other.refresh(by.refreshToken)), 'seven seconds later').to.equal(0);
      await later(4_000);
      expect(codeOf(await other.refresh(by.refreshToken)), 'eleven seconds later').to.equal(40020);
      expect(codeOf(await by.refresh(String(first.json?.data?.refresh_token))), 'the newest').to.equal(40020);
    });
  }
});

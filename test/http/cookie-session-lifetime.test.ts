// How long a browser's session lasts: a while without use, and no longer than its absolute end with it.

import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { BrowserClient } from '../support/client.js';
import type { Redirect } from '../support/openid-provider.js';
import { person } from '../support/person.js';
import { type DatabaseKind, databases, describeOn, describeWithRedis } from '../support/services.js';
import { openStage, type Stage } from '../support/stage.js';

const IDLE_MS = 3_000;
const ABSOLUTE_MS = 6_000;
/** A sign-in counts from the beginning of its second. */
const SECOND_MS = 1_000;

function suite(kind: DatabaseKind, redis: boolean): void {
  let stage: Stage;

  before(async function () {
    this.timeout(60_000);
    stage = await openStage({ database: kind, redis, config: { sessions: { idleTtl: `${IDLE_MS}ms`, absoluteTtl: `${ABSOLUTE_MS}ms` } } });
  });
  after(() => stage.close());

  it('after a while without use, and with it what was begun to be linked', async () => {
    const { google, oidc } = stage.providers;
    const browser = stage.browser();
    await browser.signIn('google', google, person());
    const begin = async () => {
      const { json } = await browser.call('PUT', '/session/openid', { provider: 2, linking: true });
      return oidc.approve(String(json?.data), person());
    };
    const [late, later] = [await begin(), await begin()];
    const session = browser.cookies.get('latchkey-session') ?? '';
    browser.cookies.delete('latchkey-session'); // What stays is the cookie of the flow.
    const finish = async (back: Redirect) =>
      (await browser.call('POST', '/session/openid', { code: back.code, session_id: back.state, provider_id: 2 })).json?.code;
    await pause(IDLE_MS + SECOND_MS);
    expect(await finish(late)).to.equal(40023);
    browser.cookies.set('latchkey-session', session);
    expect([(await browser.me()).status, await finish(later)]).to.deep.equal([401, 40023]);
    expect(await stage.query("SELECT id FROM social_links WHERE provider = 'oidc'")).to.deep.equal([]);
  });

  it('after a while without use; with use, at its last moment', async () => {
    const { google, oidc } = stage.providers;
    const [used, idle] = [stage.browser(), stage.browser()];
    const begun = Date.now();
    const since = () => Date.now() - begun;
    for (const browser of [used, idle]) await browser.signIn('google', google, person());
    const status = async (browser: BrowserClient) => (await browser.me()).status;
    const old = new BrowserClient(idle.base);
    for (const [name, value] of idle.cookies) old.cookies.set(name, value);
    expect([await status(used), await status(idle)]).to.deep.equal([200, 200]);
    const answers: { readonly at: number; readonly status: number }[] = [];
    let idled: number | undefined;
    while (answers.at(-1)?.status !== 401 && since() < ABSOLUTE_MS + 5_000) {
      if (answers.length === 5) await used.link('oidc', oidc, person()); // A new id is no new beginning.
      const at = since();
      answers.push({ at, status: await status(used) });
      if (idled === undefined && since() > IDLE_MS + SECOND_MS) idled = await status(old);
      await pause(200);
    }
    expect(idled, 'nobody came back').to.equal(401);
    const end = answers.at(-1);
    expect(end?.status).to.equal(401);
    expect(end?.at, 'its last moment').to.be.within(ABSOLUTE_MS - SECOND_MS, ABSOLUTE_MS + SECOND_MS);
    expect(await status(used)).to.equal(401);
    expect((await used.signIn('google', google, person())).status).to.equal(302);
    expect(await status(used)).to.equal(200);
  });
}

describeOn(databases, 'A cookie session is over', (kind) => suite(kind, false));
describeWithRedis('A cookie session, with Redis, is over', () => suite('sqlite', true));

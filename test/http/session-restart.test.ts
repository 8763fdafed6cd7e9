// Sessions outlive the process, are shared by several, and begin only once they are saved.

import { expect } from 'chai';
import { BrowserClient } from '../support/client.js';
import { describeWithOwn, type FaultStage, openFaultStage } from '../support/fault-stage.js';
import type { OpenIdProvider } from '../support/openid-provider.js';
import { type Person, person } from '../support/person.js';
import type { Server } from '../support/server.js';
import { besideRedis, type DatabaseKind, describeOn, describeWithRedis } from '../support/services.js';
import { openStage, type Stage } from '../support/stage.js';
import { change } from './scenarios.js';

const SESSION = 'latchkey-session';
const HEALED_MS = 5_000;

/** The same browser, which another process serves now. */
function at({ base }: { readonly base: string }, browser: BrowserClient): BrowserClient {
  const there = new BrowserClient(base);
  for (const [name, value] of browser.cookies) there.cookies.set(name, value);
  return there;
}

const whoIs = async (browser: BrowserClient) => {
  const { status, json } = await browser.me();
  return json?.user?.email ?? status;
};

/** Approved at the provider; what is left is the callback, which answers nothing yet. */
async function approved(browser: BrowserClient, openId: OpenIdProvider, who: Person): Promise<string> {
  const out = await browser.open('/auth/google?returnTo=/home');
  const back = await openId.approve(String(out.headers.get('location')), who);
  return `/callback/openid/google?${new URLSearchParams({ ...back })}`;
}

/** The store took nothing, so nobody is told otherwise; when it does, the same browser signs in. */
async function expectNotSignedIn(browser: BrowserClient, callback: string): Promise<void> {
  const before = browser.cookies.get(SESSION);
  const [sent, answer] = [browser.setCookies.length, await browser.open(callback)];
  expect(answer.status, answer.text).to.equal(503);
  expect(answer.headers.get('location')).to.equal(null);
  const set = browser.setCookies.slice(sent).filter((line) => line.startsWith(SESSION));
  expect([set, browser.cookies.get(SESSION)], 'no cookie of a session that was not saved').to.deep.equal([[], before]);
}

function suite(kind: DatabaseKind, redis: boolean): void {
  let stage: Stage;

  before(async function () {
    this.timeout(60_000);
    stage = await openStage({ database: kind, redis, processes: 1 });
    await stage.start(); // One after the other: a start is the most that a small machine has to do here.
  });
  after(() => stage.close());

  const serverAt = (n: number): Server => {
    const server = stage.servers.at(n);
    if (server === undefined) throw new RangeError(`There is no process ${n}`);
    return server;
  };

  async function signedIn(who: Person): Promise<BrowserClient> {
    const browser = stage.browser();
    await browser.signIn('google', stage.providers.google, who);
    return browser;
  }

  it('belong to every process', async () => {
    const who = person();
    const browser = await signedIn(who);
    const there = at(serverAt(1), browser);
    expect(await whoIs(there)).to.equal(who.email);
    await there.link('oidc', stage.providers.oidc, person());
    const back = at(serverAt(0), there);
    expect([await whoIs(browser), await whoIs(back)], 'the new id').to.deep.equal([401, who.email]);
    expect((await back.submit('/auth/logout')).status).to.equal(303);
    expect(await whoIs(there)).to.equal(401);
  });

  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    it(`outlive a ${signal}, and what has ended stays so`, async () => {
      const [who, server] = [person(), serverAt(-1)];
      const [browser, over] = [at(server, await signedIn(who)), at(server, await signedIn(who))];
      const copy = at(server, over);
      await browser.link('oidc', stage.providers.oidc, person());
      await over.submit('/auth/logout');
      await server.stop(signal);
      const again = await stage.start();
      expect([await whoIs(at(again, browser)), await whoIs(at(again, copy))]).to.deep.equal([who.email, 401]);
    }).timeout(60_000);
  }
}

describeOn(['sqlite'], 'Cookie sessions', (kind) => suite(kind, false));
describeWithRedis('Cookie sessions, with Redis,', () => suite(besideRedis(), true));

describe('A sign-in whose session the database does not take', () => {
  let stage: Stage;

  before(async function () {
    this.timeout(60_000);
    stage = await openStage({ database: 'sqlite' });
  });
  after(() => stage.close());

  it('has not taken place, and does the next time', async () => {
    const [who, another, { google }] = [person(), person(), stage.providers];
    const [nobody, somebody] = [stage.browser(), stage.browser()];
    await somebody.signIn('google', google, another);
    const trips = [await approved(nobody, google, who), await approved(somebody, google, who)] as const;
    await change(stage, "CREATE TRIGGER full BEFORE INSERT ON sessions BEGIN SELECT RAISE(ABORT, 'full'); END");
    try {
      await expectNotSignedIn(nobody, trips[0]);
      await expectNotSignedIn(somebody, trips[1]);
    } finally {
      await change(stage, 'DROP TRIGGER full');
    }
    expect(await whoIs(nobody)).to.equal(401);
    expect(await whoIs(somebody), 'not the other one, at least').to.be.oneOf([401, another.email]);
    for (const browser of [nobody, somebody]) {
      expect((await browser.open(await approved(browser, google, who))).headers.get('location')).to.equal('/home');
      expect(await whoIs(browser)).to.equal(who.email);
    }
  });
});

describeWithOwn('redis', 'A sign-in while Redis is away', (service) => {
  let stage: FaultStage;
  let server: Server;

  before(async function () {
    this.timeout(60_000);
    stage = await openFaultStage({ redisUrl: await service.url() });
    server = await stage.start();
  });
  after(() => stage.close());

  async function expectHealed(browser: BrowserClient): Promise<void> {
    const [who, begun] = [person(), performance.now()];
    while ((await browser.open('/readyz')).status !== 200) expect(performance.now() - begun).to.be.below(HEALED_MS);
    expect((await browser.open(await approved(browser, stage.google, who))).headers.get('location')).to.equal('/home');
    expect(await whoIs(browser)).to.equal(who.email);
    expect(performance.now() - begun).to.be.below(HEALED_MS);
  }

  it('has not taken place when it froze on the way, and those who were signed in still are', async () => {
    const [browser, who, another] = [new BrowserClient(server.base), person(), new BrowserClient(server.base)];
    await another.signIn('google', stage.google, who);
    const callback = await approved(browser, stage.google, person());
    stage.google.bend.token = async (honest) => {
      await service.pause(); // The flow is taken by now.
      return honest;
    };
    try {
      await expectNotSignedIn(browser, callback);
      expect(await whoIs(another), 'nobody knows who it is').to.equal(503);
    } finally {
      delete stage.google.bend.token;
      await service.resume();
    }
    expect(await whoIs(browser)).to.equal(401);
    await expectHealed(browser);
    expect(await whoIs(another)).to.equal(who.email);
  }).timeout(30_000);

  it('works again when Redis is back, empty', async () => {
    const [browser, another] = [new BrowserClient(server.base), new BrowserClient(server.base)];
    await another.signIn('google', stage.google, person());
    const callback = await approved(browser, stage.google, person());
    await service.stop();
    try {
      await expectNotSignedIn(browser, callback);
      expect([await whoIs(another), await whoIs(new BrowserClient(server.base))]).to.deep.equal([503, 401]);
    } finally {
      await service.start();
    }
    await expectHealed(browser);
    expect(await whoIs(another)).to.equal(401);
  }).timeout(30_000);
});

// The numbers that an operator's Prometheus reads.

import { expect } from 'chai';
import type { LatchkeyOptions } from '../../lib/index.js';
import { ApiClient } from '../support/client.js';
import { hostScene } from '../support/host-scene.js';
import { person } from '../support/person.js';
import { describeOn } from '../support/services.js';
import { openTestHost, type TestHost } from '../support/test-host.js';

const TOKEN = 'a-token-of-24-characters';

type Numbers = ReadonlyMap<string, number>;

function read(text: string): Numbers {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

describe('The numbers of a host', () => {
  const scene = hostScene();
  const open = (metrics: LatchkeyOptions['metrics']) =>
    scene.closing(openTestHost({ providers: scene, plugin: metrics === undefined ? {} : { metrics } }));
  const ask = (host: TestHost, headers: Record<string, string> = {}) => fetch(`${host.base}/metrics`, { headers });

  let host: TestHost;
  before(async () => {
    host = await open(true);
  });

  const scrape = async () => read(await (await ask(host)).text());
  const grown = (from: Numbers, to: Numbers, name: string) => (to.get(name) ?? 0) - (from.get(name) ?? 0);

  it('grow by exactly the calls that were made', async () => {
    const before = await scrape();
    const client = new ApiClient(host.base);
    await client.signIn('oidc', scene.oidc, person());
    await client.link('google', scene.google, person());
    await client.unlink('google');
    expect((await client.unlink('oidc')).json?.code).to.equal(40084);
    expect((await client.call('DELETE', '/api/v4/session/openid/1')).json?.code).to.equal(40068);
    const after = await scrape();
    const requests = (method: string, route: string, outcome: string) =>
      grown(before, after, `latchkey_requests_total{dialect="cloudreve",method="${method}",route="${route}",outcome="${outcome}"}`);
    expect({
      prepared: requests('PUT', '/session/openid', 'ok'),
      finished: requests('POST', '/session/openid', 'ok'),
      unlinked: requests('DELETE', '/session/openid/:provider_id', 'ok'),
      kept: requests('DELETE', '/session/openid/:provider_id', 'only_sign_in_method'),
      unknown: requests('DELETE', '/session/openid/:provider_id', 'not_linked'),
      signIns: grown(before, after, 'latchkey_sign_ins_total{by="oidc"}'),
      links: grown(before, after, 'latchkey_links_total{provider="google"}'),
      unlinks: grown(before, after, 'latchkey_unlinks_total{provider="google"}'),
      refusals: grown(before, after, 'latchkey_refusals_total{code="only_sign_in_method"}'),
      timed: grown(before, after, 'latchkey_request_duration_seconds_count{dialect="cloudreve",method="PUT",route="/session/openid"}'),
    }).to.deep.equal({
      ...{ prepared: 2, finished: 2, unlinked: 1, kept: 1, unknown: 1, signIns: 1, links: 1, unlinks: 1, refusals: 1, timed: 2 },
    });
    expect(after.get('latchkey_outbox_messages{kind="mail",state="waiting"}')).to.equal(0);
  });

  it('stay as many as they are, whatever paths and methods strangers try', async () => {
    const client = new ApiClient(host.base);
    const hostile = (n: number) => [
      client.call('DELETE', `/session/openid/stranger${n}`),
      client.call('DELETE', `/api/v1/auth/oauth/unlink/stranger${n}`),
      client.call('GET', `/auth/stranger${n}`),
      client.call('GET', `/no/such/path/${n}`),
      client.call('GET', `/session/openid/%zz${n}`),
      client.call('POST', `/callback/openid/${n}`),
    ];
    await Promise.all(hostile(100));
    const before = await scrape();
    for (let n = 101; n <= 120; n += 1) await Promise.all(hostile(n));
    const after = await scrape();
    expect([...after.keys()].filter((name) => !before.has(name))).to.deep.equal([]);
    expect([...after.keys()].join('\n')).not.to.match(/stranger|such\/path|zz/);
  });

  it('are nobody’s to read by accident', async () => {
    const [off, guarded] = [await open(undefined), await open({ token: TOKEN })];
    expect((await ask(off)).status).to.equal(404);
    expect((await ask(host)).status).to.equal(200);
    for (const headers of [{ 'x-forwarded-for': '127.0.0.1' }, { forwarded: 'for=127.0.0.1' }, { origin: 'https://evil.test' }])
      expect((await ask(host, headers as Record<string, string>)).status, JSON.stringify(headers)).to.equal(404);
    expect((await ask(guarded)).status).to.equal(404);
    expect((await ask(guarded, { authorization: `Bearer ${TOKEN.slice(1)}x` })).status).to.equal(404);
    const scraped = await ask(guarded, { authorization: `Bearer ${TOKEN}`, 'x-forwarded-for': '192.0.2.7' });
    expect([scraped.status, scraped.headers.get('cache-control')]).to.deep.equal([200, 'no-store']);
    expect(scraped.headers.get('content-type')).to.include('text/plain; version=0.0.4');
  });
});

describeOn(['mariadb', 'postgres'], 'The waits of a host for its database', (database) => {
  const scene = hostScene();

  it('are counted, one for each connection that was asked of the pool', async () => {
    const host = await scene.closing(openTestHost({ providers: scene, database, plugin: { metrics: true } }));
    const waits = async () => read(await (await fetch(`${host.base}/metrics`)).text()).get('latchkey_database_wait_seconds_count') ?? 0;
    const before = await waits();
    await new ApiClient(host.base).signIn('oidc', scene.oidc, person());
    expect((await waits()) - before).to.be.greaterThan(3);
  });
});

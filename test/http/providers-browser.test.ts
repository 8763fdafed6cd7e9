// Every provider in a browser: in by `/auth/…`, linked, unlinked on the page, and kept as the last way in.

import { expect } from 'chai';
import type { BrowserClient } from '../support/client.js';
import { type HttpAnswer, request } from '../support/http-request.js';
import type { Person } from '../support/person.js';
import { CAST, type Cast, type CastId, newcomer, startCast } from '../support/provider-cast.js';
import { openStage, type Stage } from '../support/stage.js';

describe('In a browser, whatever the provider,', () => {
  let cast: Cast;
  let stage: Stage;

  before(async function () {
    this.timeout(60_000);
    cast = await startCast();
    stage = await openStage({ database: 'sqlite', config: { providers: cast.providers() } });
  });
  after(() => Promise.all([stage?.close(), cast.close()]));

  const arrive = (browser: BrowserClient, path: string) =>
    browser.call('GET', path, undefined, { headers: { 'sec-fetch-site': 'cross-site' } });

  /** Out to the provider and back; Apple's page posts its answer, on which no cookie of ours travels. */
  async function travel(browser: BrowserClient, path: string, id: CastId, who: Person): Promise<HttpAnswer> {
    const out = await browser.call('GET', path, undefined, { headers: { 'sec-fetch-site': 'same-origin' } });
    expect(out.status, out.text).to.equal(302);
    const url = String(out.headers.get('location'));
    const callback = new URL(String(new URL(url).searchParams.get('redirect_uri'))).pathname;
    // An emulator says of what is not sent that it is empty.
    const answer = Object.entries({ ...(await cast.members[id].approve(url, who)) });
    const back = new URLSearchParams(answer.filter(([, value]) => value !== ''));
    if (id !== 'apple') return arrive(browser, `${callback}?${back}`);
    const posted = await request(browser.base + callback, { method: 'POST', body: back });
    return arrive(browser, String(posted.headers.get('location')));
  }

  for (const id of CAST) {
    const partner: CastId = id === 'google' ? 'x' : 'google';

    it(`${id} signs in, is linked and unlinked, and stays where it is the last way in`, async () => {
      const [one, two] = [newcomer(), newcomer()];
      const browser = stage.browser();
      const arrived = await travel(browser, `/auth/${id}?returnTo=/there`, id, one);
      expect([arrived.status, arrived.headers.get('location')], arrived.text).to.deep.equal([302, '/there']);
      expect((await browser.submit(`/account/connections/${id}/unlink`)).status).to.equal(400);
      const linked = await travel(browser, `/auth/${partner}/link?returnTo=/there`, partner, two);
      expect([linked.status, linked.headers.get('location')], linked.text).to.deep.equal([302, '/there']);
      expect((await browser.submit(`/account/connections/${id}/unlink`)).status).to.equal(303);
      expect((await travel(browser, `/auth/${id}/link`, id, newcomer())).status).to.equal(302);
      const other = stage.browser();
      await travel(other, `/auth/${partner}`, partner, two);
      expect((await other.me()).json?.user?.id)
        .to.equal((await browser.me()).json?.user?.id)
        .and.to.be.a('string');
    });
  }
});

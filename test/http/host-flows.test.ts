// Linking flows that a host's own session prepared: there is no session of ours to outlive, so who finishes must be signed in.

import { expect } from 'chai';
import { hostScene } from '../support/host-scene.js';
import type { HttpAnswer } from '../support/http-request.js';
import { person } from '../support/person.js';
import { openTestHost, type TestHost } from '../support/test-host.js';

const MEMBER = 'x-member';
const codeOf = ({ json }: HttpAnswer): unknown => json?.code;

describe("A linking flow that a host's own session prepared", () => {
  const scene = hostScene();
  let host: TestHost;

  before(async () => {
    host = await scene.closing(
      openTestHost({
        providers: scene,
        before(app) {
          app.use((req, _res, next) => {
            const id = req.get(MEMBER);
            if (id !== undefined) (req as { user?: unknown }).user = { id: Number(id) };
            next();
          });
        },
      }),
    );
  });

  it('is finished by that member, signed in, and by nobody else, who does not use it up', async () => {
    const [id, another, browser] = [await host.newMember(), await host.newMember(), host.browser()];
    const as = (member: number) => ({ headers: { [MEMBER]: String(member) } });
    const prepared = await browser.call('PUT', '/session/openid', { provider: 'google', linking: true }, as(id));
    const { code, state } = await scene.google.approve(String(prepared.json?.data), person());
    const body = { code, session_id: state, provider_id: 'google' };
    const asked = scene.google.count('/token');
    expect(codeOf(await browser.call('POST', '/session/openid', body)), 'signed out').to.equal(40023);
    expect(codeOf(await browser.call('POST', '/session/openid', body, as(another)))).to.equal(40023);
    expect(scene.google.count('/token')).to.equal(asked);
    expect(codeOf(await browser.call('POST', '/session/openid', body, as(id)))).to.equal(0);
    expect([await host.linked(id), await host.linked(another)]).to.deep.equal([['google'], []]);
  });

  it('is finished in the tab while the host has that member signed in', async () => {
    const [id, another, browser] = [await host.newMember(), await host.newMember(), host.browser()];
    const as = (member: number) => ({ headers: { [MEMBER]: String(member) } });
    const out = await browser.call('GET', '/auth/google/link', undefined, as(id));
    const back = await scene.google.approve(String(out.headers.get('location')), person());
    const path = `/callback/openid/google?${new URLSearchParams({ ...back })}`;
    expect((await browser.open(path)).status, 'signed out').to.equal(400);
    expect((await browser.call('GET', path, undefined, as(another))).status).to.equal(400);
    expect((await browser.call('GET', path, undefined, as(id))).status).to.equal(302);
    expect(await host.linked(id)).to.deep.equal(['google']);
  });
});

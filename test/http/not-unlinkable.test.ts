// A provider whose links the host does not let go: refused at every door, and said on the page before anybody presses a button.

import { expect } from 'chai';
import { LatchkeyError } from '../../lib/index.js';
import { BioreClient, verdict } from '../support/biore-client.js';
import { ApiClient } from '../support/client.js';
import { hostScene } from '../support/host-scene.js';
import { person } from '../support/person.js';
import { openTestHost, type TestHost } from '../support/test-host.js';

describe('A provider that is not unlinkable', () => {
  const scene = hostScene();
  const open = (more: object) => {
    const { issuer, clientId, clientSecret } = scene.google;
    const google = { issuer, clientId, clientSecret, unlinkable: false, ...more };
    return scene.closing(openTestHost({ providers: scene, plugin: { localAccounts: true, providers: { google } } }));
  };

  async function withBoth({ base }: TestHost) {
    const who = { google: person(), oidc: person() };
    const client = await new ApiClient(base).signIn('google', scene.google, who.google);
    await client.link('oidc', scene.oidc, who.oidc);
    return { client, who };
  }

  it('keeps its links in every dialect, from code, and on the page; the others can go', async () => {
    const host = await open({});
    const { client, who } = await withBoth(host);
    expect((await client.unlink('google')).json?.code).to.equal(40084);
    const biore = new BioreClient(host.base);
    biore.token = client.token;
    expect(verdict(await biore.call('DELETE', 'oauth/unlink/google'))).to.equal('400 auth.oauth.not_unlinkable');
    const identities = (await client.identities()).json?.data as unknown as readonly { originConnIds: string[]; extIdpId: string }[];
    const google = identities.find(({ originConnIds }) => originConnIds.includes('google'));
    expect((await client.genauthUnlink(google?.extIdpId ?? '')).json?.statusCode).to.equal(422);
    const [member] = await host.Members.findAll();
    const thrown = await host.keys.links.unlink(member?.id ?? 0, 'google').catch((error: unknown) => error);
    expect(thrown).to.be.instanceOf(LatchkeyError).and.include({ code: 'not_unlinkable' });
    const browser = host.browser();
    await browser.signIn('google', scene.google, who.google);
    const page = await browser.open('/account/connections');
    expect(page.text).to.match(/<button disabled aria-label="Unlink Google" aria-describedby="locked-\d">/);
    expect(page.text).to.include('Google is managed by this service and cannot be unlinked here.');
    const pressed = await browser.submit('/account/connections/google/unlink');
    expect(pressed.text).to.include('cannot be unlinked here');
    expect(await host.linked(member?.id ?? 0)).to.have.members(['google', 'oidc']);
    expect((await client.unlink('oidc')).json?.code).to.equal(0);
  });

  it('may be unlinked like any other once it is switched off', async () => {
    const host = await open({});
    const { client } = await withBoth(host);
    expect((await client.unlink('google')).json?.code).to.equal(40084);
    const off = await open({ enabled: false });
    const user = await new ApiClient(off.base).signIn('oidc', scene.oidc, person());
    const [member] = await off.Members.findAll();
    await off.sequelize.query(
      "INSERT INTO social_links (user_id, provider, subject, identity_hash, linked_at, sign_ins) VALUES ($id, 'google', 'x', 'k', '2026-01-01', 0)",
      { bind: { id: member?.id } },
    );
    expect((await user.unlink('google')).json?.code).to.equal(0);
  });
});

// The vendor's own client for Node.js against our GenAuth calls.

import { AuthenticationClient } from 'authing-node-sdk';
import { expect } from 'chai';
import { person } from '../support/person.js';
import { openStage, type Stage } from '../support/stage.js';
import { extIdpId } from './scenarios.js';

describe("The vendor's client for Node.js", () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage({ database: 'sqlite' });
  });
  after(() => stage.close());

  async function member() {
    const { google, oidc } = stage.providers;
    const by = await stage.client().signIn('google', google, person());
    await by.link('oidc', oidc, person());
    const client = new AuthenticationClient({ appId: 'app', appSecret: 'secret', appHost: by.base });
    client.setAccessToken(by.token ?? '');
    return { by, client };
  }

  it('lists what is linked, and what can be', async () => {
    const { client } = await member();
    const identities = await client.getIdentities();
    expect(identities.statusCode).to.equal(200);
    expect(identities.data.map(({ extIdpId: id }) => id)).to.have.members(['google', 'oidc'].map(extIdpId));
    const sources = await client.getApplicationEnabledExtIdps();
    expect([sources.statusCode, sources.data.length]).to.deep.equal([200, Object.keys(stage.providers).length]);
  });

  it('makes a link for a browser, which leads to the provider', async () => {
    const { google } = stage.providers;
    const by = await stage.client().signIn('google', google, person());
    const client = new AuthenticationClient({ appId: 'app', appSecret: 'secret', appHost: by.base });
    const made = await client.generateLinkExtIdpUrl({ extIdpConnIdentifier: 'oidc', appId: 'app', idToken: by.token ?? '' });
    expect(made.statusCode).to.equal(200);
    const { url } = made.data as unknown as { readonly url: string };
    const opened = await stage.browser().open(new URL(url).pathname + new URL(url).search);
    expect(opened.headers.get('location')).to.include(stage.providers.oidc.issuer.replace(/\/oidc$/, ''));
  });

  it('unlinks, and is told what would lock the person out', async () => {
    const { by, client } = await member();
    expect((await client.unlinkExtIdp({ extIdpId: extIdpId('oidc') })).statusCode).to.equal(200);
    const refused: { readonly statusCode?: number; readonly message?: string } = await client
      .unlinkExtIdp({ extIdpId: extIdpId('google') })
      .catch((error: unknown) => error as { readonly message?: string });
    expect(JSON.stringify([refused.statusCode, refused.message, String(refused)])).to.match(/422|only sign-in method/);
    const { json } = await by.identities();
    expect(json?.data).to.have.length(1);
  });

  it('is told that a token of nobody signs nobody in', async () => {
    const client = new AuthenticationClient({ appId: 'app', appSecret: 'secret', appHost: stage.client().base });
    client.setAccessToken('nobody');
    const refused: unknown = await client.getIdentities().catch((error: unknown) => error);
    expect(JSON.stringify([refused, String(refused)])).to.match(/401/);
  });
});

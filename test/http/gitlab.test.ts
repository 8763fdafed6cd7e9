// What GitLab does in its own way, through the door to providers and over a whole server.

import { expect } from 'chai';
import type { ProviderClients } from '../../lib/accounts/provider-clients.js';
import { ApiClient } from '../support/client.js';
import { answerWith, failureOf, openGate, prepareFlow } from '../support/gate.js';
import { type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.js';
import { person } from '../support/person.js';
import { openStage, type Stage } from '../support/stage.js';

describe('Signing in at GitLab', () => {
  let gitlab: OpenIdProvider;
  let client: { readonly issuer: string; readonly clientId: string; readonly clientSecret: string };
  let gate: ProviderClients;
  before(async () => {
    gitlab = await startOpenIdProvider({ alg: 'ES256' });
    const { issuer, clientId, clientSecret } = gitlab;
    client = { issuer, clientId, clientSecret };
    gate = openGate({ gitlab: client });
  });
  after(() => gitlab.close());

  const asked = async (by: ProviderClients, fresh = false) => {
    return new URL(await by.authorizationUrl(prepareFlow('gitlab', fresh), 'a@example.test')).searchParams;
  };

  it('asks for no more than is needed, and never by a scope that GitLab does not know', async () => {
    const params = await asked(gate);
    expect(params.get('scope')).to.equal('openid profile email');
    for (const name of ['prompt', 'max_age', 'login_hint']) expect(params.has(name), name).to.equal(false);
    const more = await asked(openGate({ gitlab: { ...client, scope: 'email read_user offline_access' } }));
    expect(more.get('scope')).to.equal('openid email read_user');
  });

  it('asks a person for their password once, and believes the time that GitLab tells of it', async () => {
    const params = await asked(gate, true);
    expect([params.get('prompt'), params.has('max_age')]).to.deep.equal(['login', false]);
    const come = async (auth_time: number | undefined) => {
      const prepared = prepareFlow('gitlab', true);
      const { code, iss } = await gitlab.approve(await gate.authorizationUrl(prepared, undefined));
      gitlab.bend.idTokenClaims = (honest) => ({ ...honest, ...(auth_time === undefined ? {} : { auth_time }) });
      return gate.identify(prepared.flow, answerWith({ code, iss }));
    };
    const now = Math.floor(Date.now() / 1000);
    try {
      expect((await failureOf(come(now - 3600))).code).to.equal('reauthentication_required');
      expect((await come(now)).authenticatedAt).to.be.instanceOf(Date);
    } finally {
      Reflect.deleteProperty(gitlab.bend, 'idTokenClaims');
    }
  });

  describe('by a host that had it as a further OpenID provider', () => {
    let stage: Stage;
    before(async function () {
      this.timeout(60_000);
      stage = await openStage({ database: 'sqlite', config: { providers: { gitlab: { type: 'oidc', ...client } } } });
    });
    after(() => stage.close());

    it('keeps its people, as before and after GitLab has a kind of its own there', async () => {
      const who = person();
      const before = await stage.client().signIn('gitlab', gitlab, who);
      const kinds = async (by: ApiClient) => {
        const { json } = await by.identities();
        return Array.from(Object(json?.data), (each) => Object(each).provider);
      };
      expect(await kinds(before)).to.deep.equal(['oidc']);
      const own = await stage.start({ providers: { gitlab: { ...client, type: 'gitlab' } } });
      const after = await new ApiClient(own.base).signIn('gitlab', gitlab, who);
      expect(after.user?.id).to.equal(before.user?.id);
      expect(await kinds(after)).to.deep.equal(['gitlab']);
    });
  });
});

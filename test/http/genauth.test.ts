// The GenAuth calls as the public clients of that API send them.

import { expect } from 'chai';
import { expectAnswer } from '../support/answer-schema.js';
import { ApiClient } from '../support/client.js';
import type { HttpAnswer } from '../support/http-request.js';
import { type Person, person } from '../support/person.js';
import { openStage, type Stage } from '../support/stage.js';
import { extIdpId } from './scenarios.js';

/** Hexadecimal digits in mixed case, as an operator may have copied them. */
const GOOGLE_EXT_IDP_ID = '62f209327abcdcc10D966EE5';
const ICON = 'https://static.example/google.svg';

const statusCodeOf = ({ json }: HttpAnswer): unknown => json?.statusCode;
const listOf = ({ json }: HttpAnswer): readonly unknown[] => (Array.isArray(json?.data) ? json.data : []);

describe('In the GenAuth API', () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage({
      database: 'sqlite',
      config: {
        providers: {
          google: { extIdpId: GOOGLE_EXT_IDP_ID, icon: ICON, displayName: '谷歌' },
          logto: { enabled: false },
        },
      },
    });
  });
  after(() => stage.close());

  /** Linked to both providers. */
  async function member(google: Person, oidc: Person): Promise<ApiClient> {
    const by = await stage.client().signIn('google', stage.providers.google, google);
    return by.link('oidc', stage.providers.oidc, oidc);
  }

  it('lists the identities of who asks, and of nobody else', async () => {
    const [google, oidc] = [{ ...person(), picture: 'https://static.example/a.png' }, { sub: person().sub }];
    const by = await member(google, oidc);
    await member(person(), person());
    const answer = await by.identities();
    expect(answer.json).to.include({ statusCode: 200 });
    expect(answer.json).not.to.have.property('apiCode');
    const list = listOf(answer);
    const about = (of: Person, provider: string, type: string, id: string) => ({
      ...{ extIdpId: id, provider: type, type: 'openid', userIdInIdp: of.sub, originConnIds: [provider] },
      userInfoInIdp: of.email === undefined ? {} : { name: of.name, email: of.email, picture: google.picture },
    });
    const ids = list.map((each) => (each as { identityId: string }).identityId);
    for (const id of ids) expect(id).to.match(/^[0-9a-f]{24}$/);
    expect(new Set(ids).size).to.equal(2);
    expect(list.map((each) => ({ ...(each as object), identityId: '' }))).to.have.deep.members([
      { ...about(google, 'google', 'google', GOOGLE_EXT_IDP_ID), identityId: '' },
      { ...about(oidc, 'oidc', 'oidc', extIdpId('oidc')), identityId: '' },
    ]);
  });

  it('lists the sources that are on, to anybody', async () => {
    const answer = await stage.client().call('GET', '/api/v3/get-application-enabled-extidps');
    const sources = listOf(answer) as readonly { readonly bindUrl: string }[];
    const bindUrl = (id: string) => `${stage.client().base}/api/v3/link-extidp?ext_idp_conn_identifier=${id}`;
    expect(sources).to.have.deep.members([
      {
        ...{ identifier: 'oidc', extIdpId: extIdpId('oidc'), type: 'oidc', extIdpType: 'enterprise', bindUrl: bindUrl('oidc') },
        ...{ name: 'OpenID Connect', name_en: 'OpenID Connect' },
      },
      {
        ...{ identifier: 'google', extIdpId: GOOGLE_EXT_IDP_ID, type: 'google', extIdpType: 'social', bindUrl: bindUrl('google') },
        ...{ name: '谷歌', name_en: '谷歌', logo: ICON },
      },
    ]);
  });

  it('unlinks by the id of the source, in any letter case', async () => {
    const by = await member(person(), person());
    const answer = await by.genauthUnlink(GOOGLE_EXT_IDP_ID.toLowerCase());
    expectAnswer('genauth-common-response', answer.json);
    expect(await by.linked()).to.deep.equal([2]);
    expect(statusCodeOf(await by.genauthUnlink(GOOGLE_EXT_IDP_ID)), 'a second time').to.equal(404);
  });

  it('does not unlink by an id the source would have had, nor by one of nobody', async () => {
    const by = await member(person(), person());
    for (const id of [extIdpId('google'), extIdpId('nobody'), '0'.repeat(24)])
      expect(statusCodeOf(await by.genauthUnlink(id))).to.equal(404);
    const [identity] = listOf(await by.identities()) as readonly { readonly identityId: string }[];
    expect(statusCodeOf(await by.genauthUnlink(identity?.identityId ?? '')), 'the id of the identity').to.equal(404);
    expect(await by.linked()).to.have.members(['google', 2]);
  });

  it('takes the token raw or as Bearer, with the headers its clients send', async () => {
    const { base, token = '' } = await member(person(), person());
    for (const authorization of [token, `Bearer ${token}`, `Bearer${token}`]) {
      const headers = { authorization, 'x-authing-app-id': 'app_1', 'x-genauth-app-id': 'app_1', 'x-authing-lang': 'zh-CN' };
      const answer = await new ApiClient(base).call('GET', '/api/v3/get-identities', undefined, { headers });
      expect(statusCodeOf(answer)).to.equal(200);
    }
  });

  it('gives a link for a browser in which no token stands, another one each time', async () => {
    const by = await stage.client().signIn('google', stage.providers.google, person());
    const query = new URLSearchParams({ ext_idp_conn_identifier: 'oidc', app_id: 'app_1', id_token: by.token ?? '' });
    const urls = new Set<string>();
    for (let n = 0; n < 2; n += 1) {
      const answer = await stage.client().call('GET', `/api/v3/generate-link-extidp-url?${query}`);
      expect(statusCodeOf(answer)).to.equal(200);
      expect(answer.headers.get('cache-control')).to.equal('no-store');
      const url = String(answer.json?.data?.url);
      expect(url.startsWith(`${stage.client().base}/api/v3/link-extidp?`)).to.equal(true);
      for (const secret of [by.token, by.token?.split('.')[2], 'id_token']) expect(url).not.to.include(String(secret));
      urls.add(url);
    }
    expect(urls.size).to.equal(2);
  });

  it('gives no link to who is signed in without saying so in `id_token`', async () => {
    const by = await stage.client().signIn('google', stage.providers.google, person());
    for (const id_token of ['', 'nonsense', by.refreshToken ?? '']) {
      const query = new URLSearchParams({ ext_idp_conn_identifier: 'oidc', app_id: 'app_1', id_token });
      expect(statusCodeOf(await by.call('GET', `/api/v3/generate-link-extidp-url?${query}`))).to.be.oneOf([400, 401]);
    }
  });
});

// Whom each provider lets in, by its configuration, and which stored links are theirs.

import { expect } from 'chai';
import type { LatchkeySettings } from '../../config/options.js';
import { parseSettings } from '../../config/parse-settings.js';
import { accepts, type Origin } from '../../lib/accounts/acceptance.js';
import { acceptancesOf } from '../../lib/providers/index.js';

const CLIENT = { clientId: 'app', clientSecret: 'secret' };
const [TENANT, OTHER] = ['72f988bf-86f1-41af-91ab-2d7cd011db47', '11111111-2222-4333-8444-555555555555'];
const microsoft = (tenant: string) => `https://login.microsoftonline.com/${tenant}/v2.0`;
const [ISSUER, MOVED] = ['https://id.example.com', 'https://id2.example.com'];

type Providers = NonNullable<LatchkeySettings['providers']>;

function answer(id: string, provider: object, origin: Origin): boolean | undefined {
  const providers = { [id]: provider } as Providers;
  const config = parseSettings({ baseUrl: 'https://app.test', secret: 'a-secret-of-more-than-thirty-two-characters', providers });
  const acceptance = acceptancesOf(config).get(id);
  return acceptance === undefined ? false : accepts(acceptance, origin);
}

describe('A link is accepted', () => {
  it('at the issuer it was made at, and while the provider is switched on', () => {
    const at = (issuer: string, more = {}) => answer('oidc', { issuer, ...CLIENT, ...more }, { namespace: ISSUER });
    expect([at(ISSUER), at(MOVED), at(`${ISSUER}/`), at(ISSUER, { enabled: false })]).to.deep.equal([true, false, false, false]);
    expect(answer('oidc', { issuer: ISSUER, ...CLIENT }, {}), 'of before it was kept').to.equal(true);
    expect([at(MOVED, { subjectsOf: ISSUER }), at(ISSUER, { subjectsOf: MOVED })], 'moved with its people').to.deep.equal([true, false]);
  });

  it('of every tenant that may come, however their issuer is configured', () => {
    for (const group of ['organizations', 'common', '{tenantid}']) {
      const of = (namespace: string | undefined) =>
        answer('acme', { type: 'oidc', issuer: microsoft(group), tenants: [TENANT], ...CLIENT }, { namespace });
      expect([of(microsoft(TENANT)), of(microsoft(OTHER)), of(undefined)], group).to.deep.equal([true, false, undefined]);
    }
  });

  it('of the domain that Google is narrowed to; of one that is not known only Google knows', () => {
    const of = (hostedDomain: string | undefined, hd?: string) =>
      answer('google', { ...CLIENT, ...(hd === undefined ? {} : { hd }) }, { namespace: 'https://accounts.google.com', hostedDomain });
    expect([of('a.test', 'a.test'), of('b.test', 'a.test'), of('', 'a.test'), of(undefined, 'a.test')]).to.deep.equal([
      ...[true, false, false],
      undefined,
    ]);
    expect([of('a.test'), of(''), of(undefined)]).to.deep.equal([true, true, true]);
  });

  it('at the server of GitHub where it was made', () => {
    const by = (namespace: string, more = {}) => answer('github', { ...CLIENT, ...more }, { namespace });
    const own = { baseUrl: 'https://github.example.com/' };
    expect([by('https://github.com'), by('https://github.com', own), by('https://github.example.com', own), by('host')]).to.deep.equal([
      ...[true, false],
      ...[true, false],
    ]);
  });

  it("of QQ's kind of id, and of the app for an open id", () => {
    const by = (namespace: string, more = {}) => answer('qq', { ...CLIENT, ...more }, { namespace });
    expect([by('openid:app'), by('unionid'), by('openid:other')]).to.deep.equal([true, false, false]);
    const union = { useUnionId: true };
    expect([by('openid:app', union), by('unionid', union), by('unionid', { ...union, clientId: 'other' })]).to.deep.equal([
      false,
      true,
      true,
    ]);
  });
});

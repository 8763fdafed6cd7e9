// Wherever somebody is to go on after a trip: a path on this origin, however an address elsewhere is dressed up as one.

import { expect } from 'chai';
import type { BrowserClient } from '../support/client.js';
import type { HttpAnswer } from '../support/http-request.js';
import { person } from '../support/person.js';
import { openStage, type Stage } from '../support/stage.js';
import { PASSWORD } from './scenarios.js';

const EVIL = 'evil.example';

/** Arrive as they are. */
const PATHS = [
  ...['/', '/a', '/a/b/', '/a?b=c', '/a?b=c&d=e#f', '/#f', '/a//b', '/%E2%82%AC', '/a%20b', '/?q=a+b%26c', '/;a', '/a:b'],
  ...[`/%2f%2f${EVIL}`, `/%2F/${EVIL}`, `/%5c${EVIL}`, `/%5C%5C${EVIL}`, `/%09/${EVIL}`, `/%0d%0aSet-Cookie:a=b`, `/%252f%252f${EVIL}`],
  ...[`/@${EVIL}`, `/a@${EVIL}`, `/a/http://${EVIL}`, `/javascript:alert(1)`, `/?to=https://${EVIL}/`, `/?to=//${EVIL}`, `/#//${EVIL}`],
  `/${'a'.repeat(511)}`,
];

/** Lead home. */
const TRICKS = [
  ...[
    `//${EVIL}`,
    `///${EVIL}`,
    `////${EVIL}`,
    `/\\${EVIL}`,
    `\\/${EVIL}`,
    `\\\\${EVIL}`,
    `/\\/${EVIL}`,
    `//\\${EVIL}`,
    '//',
    '/\\',
    '///',
  ],
  ...[`/\t/${EVIL}`, `/\n/${EVIL}`, `/\r\n/${EVIL}`, `/\t\\${EVIL}`, `\t//${EVIL}`, ` //${EVIL}`, `\u0000//${EVIL}`, `/\t/\t/${EVIL}`],
  ...[`/.//${EVIL}`, `/..//${EVIL}`, `/a/..//${EVIL}`, `/a/../..//${EVIL}`, `/./\\${EVIL}`, `/.\\/${EVIL}`, `/a\\..\\\\${EVIL}`],
  ...[`/%2e//${EVIL}`, `/%2E%2e//${EVIL}`, `/.%2e//${EVIL}`, `/a/%2e%2e//${EVIL}`, `/.\t//${EVIL}`, `/%2e/\\${EVIL}`],
  ...[`https://${EVIL}`, `HTTPS:${EVIL}`, `http:/${EVIL}`, `https:///${EVIL}`, `https:\\\\${EVIL}`, `//${EVIL}:80`, `//${EVIL}%00`],
  ...[
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    '/\n\tjavascript:alert(1)//\n/'.slice(1),
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
  ],
  ...[`//ours@${EVIL}`, `//ours:pw@${EVIL}`, `/\\ours@${EVIL}`, `//${EVIL}\\@ours`, `//[::1]`, '//%00', '//0', '//[', `//${EVIL}。example`],
  ...[
    `//ｅvil.example`,
    `//evil。example`,
    `／／${EVIL}`,
    `／${EVIL}`,
    '',
    ' ',
    '?a=b',
    '#f',
    'a',
    './a',
    '../a',
    '.',
    '..',
    '\u0000',
    '%2f',
  ],
  `/${'a'.repeat(512)}`,
  `/${'€'.repeat(500)}`,
  `//${'a'.repeat(5000)}`,
];

/** Stay on this origin; how they are spelled there is of no importance. */
const ODD = [
  ...[
    `/／${EVIL}`,
    `/／／${EVIL}`,
    `/․․//${EVIL}`,
    `/。/${EVIL}`,
    `/⁄⁄${EVIL}`,
    `/∕∕${EVIL}`,
    `/＼${EVIL}`,
    `/\u0000/${EVIL}`,
    '/\u007f',
    `/ /${EVIL}`,
  ],
  ...[
    `/\u200b/${EVIL}`,
    `/\ufeff/${EVIL}`,
    `/\u2028/${EVIL}`,
    `/\u0085/${EVIL}`,
    `/a\r\nLocation: https://${EVIL}`,
    '/a\r\nSet-Cookie: a=b',
  ],
  ...[`/a\\b`, `/a b`, '/a\u0000b', '/a"b<c>', `/%`, '/%zz', '/%e0%a4%a', '/?', `/?\\${EVIL}`, `/#\\${EVIL}`, '/a '],
];

/** No single text at all. */
const QUERIES = [
  ...['', 'returnTo', 'returnTo=', 'returnTo=/a&returnTo=/b', `returnTo=/a&returnTo=//${EVIL}`, `returnTo=//${EVIL}&returnTo=/a`],
  ...[
    `returnTo[]=/a`,
    `returnTo[x]=/a`,
    `returnTo[__proto__]=//${EVIL}`,
    `returnto=/a`,
    `return_to=//${EVIL}`,
    `__proto__[returnTo]=//${EVIL}`,
  ],
  ...[`returnTo=%`, 'returnTo=%zz', `returnTo=//${EVIL}%`],
];

const queryOf = (returnTo: string) => `returnTo=${encodeURIComponent(returnTo)}`;

type Way = (query: string) => Promise<HttpAnswer>;

describe('Somebody goes on', () => {
  let stage: Stage;
  let ours = '';
  const [who, another, email] = [person(), person(), person().email];

  before(async () => {
    stage = await openStage({ database: 'sqlite' });
    ours = stage.client().base;
    await stage.client().signUp(email, PASSWORD);
  });
  after(() => stage.close());

  async function travel(browser: BrowserClient, path: string, by = who): Promise<HttpAnswer> {
    const out = await browser.open(path);
    expect(out.status, path).to.equal(302);
    const back = await stage.providers.google.approve(String(out.headers.get('location')), by);
    return browser.open(`/callback/openid/google?${new URLSearchParams({ ...back })}`);
  }

  const WAYS: Readonly<Record<string, () => Promise<Way>>> = {
    'after signing in': async () => (query) => travel(stage.browser(), `/auth/google?${query}`),
    'after linking': async () => {
      const browser = stage.browser();
      await browser.signIn('oidc', stage.providers.oidc, person());
      return async (query) => {
        const arrived = await travel(browser, `/auth/google/link?${query}`, another);
        expect((await browser.submit('/account/connections/google/unlink')).status).to.equal(303);
        return arrived;
      };
    },
    'after confirming who they are': async () => {
      const browser = stage.browser();
      await browser.signIn('google', stage.providers.google, who);
      return (query) => travel(browser, `/auth/google/confirm?${query}`);
    },
    'after signing in by password': async () => (query) => {
      const type = { 'content-type': 'application/x-www-form-urlencoded' };
      const form = `email=${encodeURIComponent(email)}&password=${encodeURIComponent(PASSWORD)}&${query}`;
      return stage.browser().call('POST', '/auth/password', form, { headers: type });
    },
  };

  /** Read as a browser reads it. */
  function expectOurs({ status, headers, text }: HttpAnswer, query: string): string {
    const location = String(headers.get('location'));
    expect(status, `${query}: ${text.slice(0, 200)}`).to.be.oneOf([302, 303]);
    const { origin, username, password } = new URL(location, `${ours}/auth/google`);
    expect({ origin, username, password }, `${query} to ${location}`).to.deep.equal({ origin: ours, username: '', password: '' });
    expect(location, 'a path').to.match(/^\/(?![/\\])[\x21-\x7e]*$/);
    expect(headers.getSetCookie().join()).not.to.match(/\ba=b/);
    return location;
  }

  for (const [where, begin] of Object.entries(WAYS)) {
    /** All of them where a trip costs least; every ninth elsewhere, another one each time. */
    const nth = Object.keys(WAYS).indexOf(where);
    const some = (all: readonly string[]) => all.filter((_, index) => nth === 0 || index % 9 === nth);

    it(`${where} at the very path that was asked for`, async () => {
      const way = await begin();
      for (const path of some(PATHS)) expect(expectOurs(await way(queryOf(path)), path)).to.equal(path);
    });

    it(`${where} at home when asked to go elsewhere`, async () => {
      const way = await begin();
      const known = [`//${EVIL}`, `/\\${EVIL}`, `/\t/${EVIL}`, `/.//${EVIL}`, `https://${EVIL}`, `${ours}/a`];
      const queries = [...some(TRICKS), ...known].map(queryOf).concat(some(QUERIES));
      for (const query of queries) expect(expectOurs(await way(query), query), query).to.equal('/');
    });

    it(`${where} on this origin, however odd the path`, async () => {
      const way = await begin();
      const { host } = new URL(ours);
      for (const odd of [...some(ODD), `//${host}/a`, `//user:pw@${host}/a`]) expectOurs(await way(queryOf(odd)), JSON.stringify(odd));
    });
  }

  it('nowhere else when a page of ours asks them to sign in first', async () => {
    for (const path of [
      '/auth/google/link?returnTo=//evil.example',
      '/account/connections?returnTo=//evil.example&asking=//evil.example',
    ]) {
      const { text } = await stage.browser().open(path);
      const targets = [...text.matchAll(/(?:href|action)="([^"]*)"/g)].map(([, target = '']) => target.replaceAll('&amp;', '&'));
      expect(targets).to.have.length.above(3);
      for (const target of targets) expect(new URL(target, `${ours}/auth/`).origin).to.equal(ours);
    }
  });
});

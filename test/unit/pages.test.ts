// What the pages of the default look say, in both languages, and that nothing in them is markup but ours.

import { expect } from 'chai';
import { type FailureCode, LatchkeyError, usualMessage } from '../../lib/accounts/errors.js';
import { FINISH_SCRIPT, PAGE_STYLE, TELL_OPENER_SCRIPT } from '../../lib/pages/assets.js';
import { pageLanguage } from '../../lib/pages/language.js';
import type { Page } from '../../lib/pages/page.js';
import type { Notice, PageFrame } from '../../lib/pages/page-frame.js';
import type { Connection, PasswordSection } from '../../lib/pages/page-parts.js';
import { pageRenderer } from '../../lib/pages/render-page.js';
import { english } from '../../lib/pages/texts/en.js';
import { PAGE_TEXTS } from '../../lib/pages/texts/languages.js';
import type { PageTexts } from '../../lib/pages/texts/texts.js';
import { OWN_LANGUAGES } from '../../lib/support/languages.js';

const renderPage = pageRenderer(new Map<string, PageTexts>(Object.entries(PAGE_TEXTS)));

function frameOf(changes: Partial<PageFrame> = {}): PageFrame {
  return {
    appName: 'Fernweh',
    language: 'en',
    paths: { assets: '/assets', signIn: '/sign-in', connections: '/connections', signOut: '/sign-out' },
    stylesheet: undefined,
    user: { nickname: 'Ann', email: 'ann@example.test' },
    notice: undefined,
    failure: undefined,
    ...changes,
  };
}

const failed = (code: FailureCode, message?: string) => {
  const error = new LatchkeyError(code, message === undefined ? {} : { message });
  return { code: error.code, message: error.message };
};

const isCode = (code: string): code is FailureCode => code in english.failure;

const GOOGLE: Connection = {
  name: 'Google',
  icon: 'https://icons.example.test/google.svg',
  link: { linkedAt: new Date('2026-11-21T23:59:59Z'), lastUsedAt: undefined, identity: 'ann@mail.test' },
  action: 'unlink',
  url: '/connections/google/unlink',
  inService: true,
  asking: false,
};
const APPLE: Connection = { ...GOOGLE, name: 'Apple', icon: '', link: undefined, action: 'link', url: '/connections/apple/link' };
const SECTION: PasswordSection = {
  setUrl: '/password',
  removeUrl: '/password/remove',
  isSet: true,
  minLength: 6,
  locked: false,
  asking: false,
  email: 'ann@example.test',
};

const connectionsOf = (connections: readonly Connection[], password?: PasswordSection): Page => ({
  kind: 'connections',
  connections,
  password,
});

/** Every kind, and the shapes of connections that look different; `text` stands wherever a stranger's text can stand. */
function everyPage(text: string): readonly Page[] {
  const providers = [
    { name: text, icon: text, url: text },
    { name: text, icon: '', url: text },
  ];
  const ways = { providers, password: { action: text, email: text, forgotUrl: text }, returnTo: text };
  const link = { linkedAt: new Date(0), lastUsedAt: new Date(0), identity: text };
  const one = { name: text, icon: text, url: text, inService: false, asking: true };
  const section = { setUrl: text, removeUrl: text, email: text, minLength: 6, asking: false };
  return [
    { kind: 'sign-in', ...ways, providers: ways.providers.map((provider) => ({ ...provider, lastUsed: true })) },
    { kind: 'reauthenticate', ...ways },
    connectionsOf(
      [
        { ...one, link, action: 'unlink' },
        { ...one, link, action: 'locked' },
        { ...one, link: undefined, action: 'link' },
      ],
      { ...section, isSet: true, locked: false },
    ),
    connectionsOf([], { ...section, isSet: true, locked: true }),
    connectionsOf([], { ...section, isSet: false, locked: false }),
    {
      kind: 'connections',
      connections: [],
      password: undefined,
      address: { changeUrl: text, email: text, isProven: false, asksPassword: true },
    },
    { kind: 'ask-for-link', what: 'reset', action: text, sent: false },
    { kind: 'ask-for-link', what: 'verify', action: text, sent: true },
    { kind: 'reset-password', action: text, token: text, address: text, minLength: 8 },
    { kind: 'confirm-address', action: text, token: text, address: text, asksPassword: true, minLength: 8 },
    { kind: 'confirm-address', action: text, token: text, address: text, asksPassword: false, minLength: 8 },
    {
      kind: 'confirm-link',
      provider: text,
      account: { nickname: text, email: text, emailVerified: false },
      url: text,
      ticket: text,
    },
    { kind: 'join', provider: text, ...ways },
    { kind: 'move', provider: text, nickname: text, url: text, locked: true },
    {
      kind: 'sessions',
      endOthersUrl: text,
      sessions: [
        { device: text, address: text, openedAt: new Date(0), lastActiveAt: new Date(0), isCurrent: true, endUrl: text },
        { device: undefined, address: undefined, openedAt: new Date(0), lastActiveAt: new Date(0), isCurrent: false, endUrl: text },
      ],
    },
    { kind: 'failure', retryUrl: text },
    { kind: 'continue', url: text },
    { kind: 'finish', linking: false, url: text, body: { code: text, [text]: text }, origins: [text] },
    { kind: 'hand-back', body: { code: text, [text]: text } },
    { kind: 'tell-opener', result: { success: true, errMsg: text, identities: [{ id: text }] }, origins: [text] },
    { kind: 'tell-opener', result: { success: false, errMsg: text, identities: [] }, origins: [text] },
  ];
}

function hostileFrame(text: string, language: string): PageFrame {
  return frameOf({
    appName: text,
    language,
    paths: { assets: text, signIn: text, connections: text, signOut: text },
    stylesheet: text,
    user: { nickname: text, email: text },
    notice: { kind: 'linked', provider: text },
    failure: failed('validation_failed', text),
  });
}

const ENTITIES = new Map([
  ['&quot;', '"'],
  ['&#39;', "'"],
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&amp;', '&'],
]);
const plain = (html: string) => html.replace(/&(?:quot|#39|lt|gt|amp);/g, (entity) => ENTITIES.get(entity) ?? entity);

/** The start tags, quoted attributes and all. */
const tagsOf = (html: string): readonly string[] => html.match(/<[a-z](?:[^<>"]|"[^"]*")*>/gi) ?? [];
const tagNames = (html: string) => tagsOf(html).map((tag) => /^<[^\s>]+/.exec(tag)?.[0]);
const attribute = (tag: string, name: string) => {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
  return value === undefined ? undefined : plain(value);
};
const buttonsOf = (html: string) =>
  [...html.matchAll(/(<(?:button|summary)[^>]*>)([^<]*)</g)].map(([, tag = '', text = '']) => ({
    tag,
    name: attribute(tag, 'aria-label') ?? plain(text),
    disabled: /\sdisabled\b/.test(tag),
  }));

describe('every page in every language', () => {
  for (const language of OWN_LANGUAGES) {
    it(`is one document with one heading, a header and a main part (${language})`, () => {
      for (const page of everyPage('word')) {
        const html = renderPage(page, frameOf({ language }));
        expect(html, page.kind).to.match(/^<!doctype html>\n/);
        expect(html).to.include(`<html lang="${language}">`).and.not.include('undefined').and.not.include('[object');
        for (const tag of ['<h1', '<main', '<header', '<title']) expect(tagNames(html).filter((name) => name === tag)).to.have.length(1);
      }
    });

    it(`has no inline script, style or handler, and posts every form (${language})`, () => {
      for (const page of everyPage('word')) {
        const html = renderPage(page, frameOf({ language }));
        for (const tag of tagsOf(html)) {
          expect(tag, page.kind).not.to.match(/\sstyle=|\son\w+=/i);
          if (tag.startsWith('<script')) expect(tag).to.match(/ src="\/assets\/[a-z-]+\.js" defer>$/);
          if (tag.startsWith('<form')) expect(tag).to.include(' method="post"');
        }
        expect(html).not.to.match(/<style|<script[^>]*>[^<]/i);
      }
    });

    it(`shows a stranger's text as text, wherever it stands (${language})`, () => {
      for (const hostile of [
        `"><script>alert(1)</script>`,
        `' onerror='alert(1)`,
        '<img src=x onerror=alert(1)>',
        '&lt;b&gt;',
        '<%= it %>',
        '</title><b>',
      ]) {
        const tame = everyPage('word').map((page) => renderPage(page, hostileFrame('word', language)));
        const pages = everyPage(hostile);
        for (const [index, page] of pages.entries()) {
          const html = renderPage(page, hostileFrame(hostile, language));
          expect(tagNames(html), page.kind).to.deep.equal(tagNames(tame[index] ?? ''));
          expect(tagsOf(html).join(), page.kind).not.to.match(/"[^"]*"\s+onerror=|<[^"]*\sonerror=/);
          expect(plain(html)).to.include(hostile);
          expect(html).not.to.include(hostile);
        }
      }
    });

    it(`leads nowhere that is not the web (${language})`, () => {
      for (const url of ['javascript:alert(1)', ' JavaScript:alert(1)', 'java\tscript:alert(1)', 'data:text/html,x', 'vbscript:x']) {
        for (const page of everyPage(url)) {
          const html = renderPage(page, frameOf({ language, stylesheet: url }));
          for (const tag of tagsOf(html)) {
            for (const name of ['href', 'action', 'data-url']) expect(attribute(tag, name), page.kind).not.to.equal(url);
            expect(attribute(tag, 'content'), page.kind).not.to.equal(`0; url=${url}`);
          }
        }
      }
    });

    it(`has a label and an autocomplete word for every field (${language})`, () => {
      for (const page of everyPage('word')) {
        const html = renderPage(page, frameOf({ language }));
        const inputs = tagsOf(html).filter((tag) => tag.startsWith('<input') && attribute(tag, 'type') !== 'hidden');
        const ids = tagsOf(html).flatMap((tag) => attribute(tag, 'id') ?? []);
        expect(ids).to.deep.equal([...new Set(ids)]);
        for (const input of inputs) {
          expect(html).to.include(`<label for="${attribute(input, 'id')}">`);
          expect(attribute(input, 'autocomplete')).to.be.oneOf(['username', 'email', 'current-password', 'new-password']);
        }
      }
    });

    it(`says something for every text there is (${language})`, () => {
      const walk = (value: unknown, path: string): number => {
        if (typeof value === 'object' && value !== null)
          return Object.entries(value).reduce((sum, [key, each]) => sum + walk(each, `${path}.${key}`), 0);
        const text: unknown = typeof value === 'function' ? value('Name', 'word') : value;
        expect(text, path).to.be.a('string').and.match(/\S/);
        expect(text, path).not.to.match(/[{}]|undefined/);
        if (language === 'zh-CN') expect(text, path).to.match(/\p{Script=Han}/u);
        return 1;
      };
      expect(walk(PAGE_TEXTS[language], language)).to.be.greaterThan(90);
    });
  }

  it('loads the host’s style sheet after ours', () => {
    const html = renderPage({ kind: 'failure', retryUrl: undefined }, frameOf({ stylesheet: '/brand.css' }));
    expect(html.indexOf('/assets/page.css')).to.be.lessThan(html.indexOf('<link rel="stylesheet" href="/brand.css">'));
  });

  it('keeps its address to itself only where it may hold a code: a form without a referrer could not prove where it comes from', () => {
    for (const page of everyPage('word')) {
      const html = renderPage(page, frameOf());
      expect(html.includes('content="no-referrer"'), page.kind).to.equal(
        !/^(?:sign-in|reauthenticate|confirm-link|connections|sessions|join|move|ask-for-link|reset-password|confirm-address)$/.test(
          page.kind,
        ),
      );
      if (html.includes('content="no-referrer"')) expect(html).not.to.include('<form');
    }
  });
});

describe('notices and failures', () => {
  for (const language of OWN_LANGUAGES) {
    it(`reach the person in their language (${language})`, () => {
      const texts = PAGE_TEXTS[language];
      const notices: readonly Notice[] = [
        { kind: 'linked', provider: 'Google' },
        { kind: 'unlinked', provider: 'Google' },
        { kind: 'password_set' },
        { kind: 'password_removed' },
        { kind: 'session_ended' },
        { kind: 'other_account' },
        { kind: 'other_sessions_ended' },
        { kind: 'signed_out' },
      ];
      for (const notice of notices) {
        const text = 'provider' in notice ? texts.notice[notice.kind]('Google') : texts.notice[notice.kind];
        expect(renderPage(connectionsOf([GOOGLE]), frameOf({ language, notice }))).to.include(
          `<p class="message" role="status">${text}</p>`,
        );
      }
      for (const code of Object.keys(texts.failure).filter(isCode)) {
        const text = code === 'validation_failed' ? texts.failure[code]('raw') : texts.failure[code];
        // The host's own words are shown; see `admissions.test.ts`.
        const message = code === 'sign_up_not_allowed' ? usualMessage(code) : 'raw';
        const html = renderPage({ kind: 'failure', retryUrl: undefined }, frameOf({ language, failure: { code, message } }));
        expect(html, code).to.include(`role="alert">${text}</p>`);
        if (code !== 'validation_failed') expect(html, code).not.to.include('raw');
      }
    });
  }

  it('tell an English reader what is wrong with the input, and a Chinese one that something is', () => {
    const failure = failed('validation_failed', 'NewPassword is too short');
    expect(renderPage(connectionsOf([]), frameOf({ failure }))).to.include('NewPassword is too short');
    const html = renderPage(connectionsOf([]), frameOf({ failure, language: 'zh-CN' }));
    expect(html).to.include('您填写的内容有误').and.not.include('NewPassword');
  });

  it('lead on: to sign-in for a stranger, to the connections for who is signed in, and back to where it failed', () => {
    const page: Page = { kind: 'failure', retryUrl: '/auth/google' };
    const failure = failed('denied');
    const stranger = renderPage(page, frameOf({ failure, user: undefined }));
    expect(stranger).to.include('Sign-in was not completed').and.include('href="/sign-in"').and.include('href="/auth/google"');
    expect(stranger).to.include('You cancelled, or the provider refused. Nothing has changed.').and.not.include('href="/connections"');
    const known = renderPage({ ...page, retryUrl: undefined }, frameOf({ failure }));
    expect(known).to.include('href="/connections"').and.not.include('href="/sign-in"').and.not.include('Try again');
  });
});

describe('the sign-in page', () => {
  const providers = [{ name: 'Google', icon: '', url: '/auth/google?returnTo=%2Fa' }];
  const password = { action: '/auth/password', email: 'ann@example.test' };

  it('offers each provider as a link and the password as a form', () => {
    const html = renderPage({ kind: 'sign-in', providers, password, returnTo: '/a?b=c' }, frameOf({ user: undefined }));
    expect(html).to.include('<h1>Sign in to Fernweh</h1>').and.include('<span>Continue with Google</span>');
    expect(html).to.include('href="/auth/google?returnTo=%2Fa"').and.include('<span class="icon letter" aria-hidden="true">G</span>');
    const fields = tagsOf(html).flatMap((tag) => (tag.startsWith('<input') ? [[attribute(tag, 'name'), attribute(tag, 'value')]] : []));
    expect(fields).to.deep.equal([
      ['returnTo', '/a?b=c'],
      ['email', 'ann@example.test'],
      ['password', undefined],
    ]);
  });

  it('says so when there is no way to sign in', () => {
    const html = renderPage({ kind: 'sign-in', providers: [], password: undefined, returnTo: '/' }, frameOf({ user: undefined }));
    expect(html).to.include('No way to sign in is configured yet.').and.not.include('<form').and.not.include('<ul');
  });

  it('asks again for the same person only: the address cannot be changed', () => {
    const html = renderPage({ kind: 'reauthenticate', providers, password, returnTo: '/' }, frameOf());
    expect(tagsOf(html).find((tag) => attribute(tag, 'id') === 'email')).to.match(/value="ann@example\.test" readonly>$/);
    expect(html).to.include('Confirm with Google').and.include('href="/connections"');
  });
});

describe('the connections page', () => {
  it('says who is signed in, and what is linked since when', () => {
    const html = renderPage(connectionsOf([GOOGLE, APPLE]), frameOf());
    expect(html).to.include('<strong>Ann</strong>').and.include('ann@example.test').and.include('ann@mail.test');
    expect(html).to.include('<time datetime="2026-11-21T23:59:59.000Z">November 21, 2026</time>').and.include('Not yet');
    expect(renderPage(connectionsOf([GOOGLE]), frameOf({ language: 'zh-CN' }))).to.include('>2026年11月21日</time>');
    expect(html).to.include('<form method="post" action="/sign-out">');
  });

  it('names the provider on each button', () => {
    expect(buttonsOf(renderPage(connectionsOf([GOOGLE, APPLE]), frameOf())).map(({ name }) => name)).to.deep.equal([
      'Sign out',
      'Unlink Google',
      'Yes, unlink Google',
      'Link Apple',
    ]);
  });

  it('says on each button at least what is written on it', () => {
    for (const language of OWN_LANGUAGES) {
      const { link, linkNamed, unlink, unlinkNamed } = PAGE_TEXTS[language].connections;
      expect(linkNamed('X')).to.match(new RegExp(`^${link}`));
      expect(unlinkNamed('X')).to.match(new RegExp(`^${unlink}`));
    }
  });

  it('asks before it unlinks, without a script, and stands open when it is asking', () => {
    const html = renderPage(connectionsOf([GOOGLE, { ...GOOGLE, name: 'QQ', url: '/qq', asking: true }]), frameOf());
    expect(tagsOf(html).filter((tag) => tag.startsWith('<details'))).to.deep.equal(['<details>', '<details open>']);
    expect(html).to.match(/<details open>\s*<summary[^>]*>Unlink<\/summary>\s*<form[^>]* action="\/qq">\s*<p>Unlink QQ\?/);
    expect(html).not.to.include('<script');
  });

  it('disables the button that would lock the person out, and says why and what to do first', () => {
    const cases: readonly (readonly [Page, string])[] = [
      [
        connectionsOf([{ ...GOOGLE, action: 'locked' }, APPLE], { ...SECTION, isSet: false }),
        'Set a password or link another account first.',
      ],
      [connectionsOf([{ ...GOOGLE, action: 'locked' }], { ...SECTION, isSet: false }), 'Set a password first.'],
      [connectionsOf([{ ...GOOGLE, action: 'locked' }, APPLE]), 'Link another account first.'],
      [
        connectionsOf([{ ...GOOGLE, action: 'locked' }, APPLE], { ...SECTION, isSet: false, email: undefined }),
        'Link another account first.',
      ],
      [connectionsOf([{ ...GOOGLE, action: 'locked' }]), 'so it cannot be unlinked.'],
    ];
    for (const [page, advice] of cases) {
      const html = renderPage(page, frameOf());
      const button = buttonsOf(html).find(({ name }) => name === 'Unlink Google');
      expect(button?.disabled).to.equal(true);
      const id = attribute(button?.tag ?? '', 'aria-describedby') ?? '';
      const reason = new RegExp(`id="${id}">([^<]+)<`).exec(html)?.[1] ?? '';
      expect(reason)
        .to.match(/^This is your only way to sign in/)
        .and.to.satisfy((text: string) => text.endsWith(advice));
      expect(html).not.to.include('Yes, unlink');
    }
  });

  it('says when a linked provider no longer signs anybody in', () => {
    expect(renderPage(connectionsOf([{ ...GOOGLE, inService: false }]), frameOf())).to.include('Google can no longer be used to sign in.');
  });

  it('says how long a new password has to be', () => {
    const html = renderPage(connectionsOf([], { ...SECTION, minLength: 11 }), frameOf());
    expect(html).to.include('minlength="11"').and.to.include('At least 11 characters.');
  });

  it('keeps the question about the password open where it was asked', () => {
    const open = (asking: boolean) => /<details open>/.test(renderPage(connectionsOf([], { ...SECTION, asking }), frameOf()));
    expect([open(true), open(false)]).to.deep.equal([true, false]);
  });

  it('sets, changes and removes the password, each as far as it is possible', () => {
    const names = (section: PasswordSection) =>
      buttonsOf(renderPage(connectionsOf([], section), frameOf())).map(({ name, disabled }) => (disabled ? `(${name})` : name));
    expect(names({ ...SECTION, isSet: false })).to.deep.equal(['Sign out', 'Set password']);
    expect(names(SECTION)).to.deep.equal(['Sign out', 'Change password', 'Remove password', 'Yes, remove the password']);
    expect(names({ ...SECTION, locked: true })).to.deep.equal(['Sign out', 'Change password', '(Remove password)']);
    expect(names({ ...SECTION, isSet: false, email: undefined })).to.deep.equal(['Sign out']);
    expect(renderPage(connectionsOf([], { ...SECTION, isSet: false, email: undefined }), frameOf())).to.include('needs an e-mail address');
    expect(renderPage(connectionsOf([], { ...SECTION, locked: true }), frameOf())).to.include('so it cannot be removed');
    expect(renderPage(connectionsOf([]), frameOf())).not.to.include('password');
  });
});

describe('the pages of a callback', () => {
  it('give their script all that it needs, in the language of the page', () => {
    const body = { code: 'a"b', session_id: 's' };
    const origins = ['https://a.test', 'https://b.test'];
    const html = renderPage({ kind: 'finish', linking: false, url: '/session/openid', body, origins }, frameOf({ language: 'zh-CN' }));
    const status = tagsOf(html).find((tag) => attribute(tag, 'id') === 'status') ?? '';
    expect(JSON.parse(attribute(status, 'data-origins') ?? '')).to.deep.equal(origins);
    expect(JSON.parse(attribute(status, 'data-body') ?? '')).to.deep.equal(body);
    expect(attribute(status, 'data-signed-in')).to.equal('已登录为 {}。您可以关闭此窗口。');
    expect(FINISH_SCRIPT).not.to.match(/Signed in|did not work/);
  });

  it('go on by themselves where that is all there is to do, or by a link', () => {
    const html = renderPage({ kind: 'continue', url: '?answer=a&hop=1' }, frameOf());
    const refresh = tagsOf(html).find((tag) => attribute(tag, 'http-equiv') === 'refresh') ?? '';
    expect(attribute(refresh, 'content')).to.equal('0; url=?answer=a&hop=1');
    expect(tagsOf(html).map((tag) => attribute(tag, 'href'))).to.include('?answer=a&hop=1');
    expect(renderPage({ kind: 'failure', retryUrl: '/again' }, frameOf())).not.to.include('http-equiv');
  });

  it('show another program’s person what to hand back', () => {
    const html = renderPage({ kind: 'hand-back', body: { code: 'c', session_id: 's', provider_id: 0 } }, frameOf());
    expect(html).to.include('session_id (state)').and.include('<code>0</code>').and.not.include('<script');
    expect(plain(html)).to.include('{"code":"c","session_id":"s","provider_id":0}');
  });

  it('carry the result for the opener, and tell the person how it went', () => {
    const result = { success: false, errMsg: 'x', identities: [] };
    const page: Page = { kind: 'tell-opener', result, origins: ['https://a.test', 'https://b.test'] };
    const html = renderPage(page, frameOf({ failure: failed('linked_to_other_user') }));
    const tag = tagsOf(html).find((each) => attribute(each, 'id') === 'result') ?? '';
    expect(JSON.parse(attribute(tag, 'data-result') ?? '')).to.deep.equal(result);
    expect(JSON.parse(attribute(tag, 'data-origins') ?? '')).to.deep.equal(page.origins);
    expect(html).to.include(english.failure.linked_to_other_user).and.include('You can close this window.');
    expect(html.match(/role="alert"/g)).to.have.length(1);
    expect(TELL_OPENER_SCRIPT).not.to.match(/postMessage\([^)]*'\*'/);
  });
});

describe('the language of a page', () => {
  const cases: readonly (readonly [string | undefined, string | undefined, string])[] = [
    [undefined, undefined, 'en'],
    ['', '', 'en'],
    ['zh-CN', 'en', 'zh-CN'],
    ['zh_CN', 'en', 'zh-CN'],
    ['ZH', 'en', 'zh-CN'],
    ['zh-Hans', 'en', 'zh-CN'],
    ['zh-SG', 'en', 'zh-CN'],
    ['zh-TW', 'zh-CN', 'en'],
    ['en-US', 'zh-CN', 'en'],
    ['de', 'zh-CN', 'de'],
    ['de_AT', 'zh-CN', 'de'],
    ['fr-CA', undefined, 'fr'],
    ['es-419', undefined, 'es'],
    ['ja-JP', undefined, 'ja'],
    ['nl', 'zh-CN', 'en'],
    ['sr-Cyrl', 'de', 'en'],
    ['', 'zh-CN', 'zh-CN'],
    ['und', 'zh-CN', 'zh-CN'],
    ['../../etc/passwd', 'zh-CN', 'zh-CN'],
    [undefined, 'zh', 'zh-CN'],
    [undefined, 'zh-CN,zh;q=0.9,en;q=0.8', 'zh-CN'],
    [undefined, 'zh-Hans-SG', 'zh-CN'],
    [undefined, 'en-GB,en;q=0.9,zh-CN;q=0.8', 'en'],
    [undefined, 'en;q=0.2, zh-CN;q=0.7', 'zh-CN'],
    [undefined, 'it, zh-CN;q=0.5, en;q=0.4', 'zh-CN'],
    [undefined, 'it, nl;q=0.5', 'en'],
    [undefined, 'it, de-CH;q=0.5', 'de'],
    [undefined, 'zh-CN;q=0, it', 'en'],
    [undefined, 'zh-CN ; q=0.1 , * ; q=0.05', 'zh-CN'],
    [undefined, '*, zh-CN;q=0.5', 'en'],
    [undefined, 'zh-TW,zh;q=0.9,en-US;q=0.8,en;q=0.7', 'en'],
    [undefined, 'zh-TW,zh-CN;q=0.9,en;q=0.8', 'zh-CN'],
    [undefined, 'zh-CN;q=high, en;q=0.1', 'en'],
    [undefined, ';;q=,,\u0000zh=;', 'en'],
    [undefined, `${'it,'.repeat(5000)}zh-CN`, 'en'],
  ];
  for (const [user, header, language] of cases) {
    it(`is ${language} for a user with ${JSON.stringify(user)} and a browser that asks for ${JSON.stringify(header?.slice(0, 40))}`, () => {
      expect(pageLanguage(user, header, OWN_LANGUAGES)).to.equal(language);
    });
  }
});

describe('the style sheet', () => {
  it('names every variable that a host may set, gives each a value, and leaves them to any later sheet', () => {
    const names = ['accent', 'on-accent', 'ink', 'quiet', 'paper', 'card', 'line', 'danger', 'radius', 'font'];
    for (const name of names) {
      expect(PAGE_STYLE.slice(0, PAGE_STYLE.indexOf('*/')), name).to.include(`--latchkey-${name} `);
      expect(PAGE_STYLE, name).to.match(new RegExp(`^ +--latchkey-${name}:`, 'm'));
    }
    expect([...PAGE_STYLE.matchAll(/^(\s*)(\S*:root\S*) \{/gm)].map(([, , selector]) => selector)).to.deep.equal([
      ':where(:root)',
      ':where(:root)',
    ]);
    const used = [...PAGE_STYLE.matchAll(/var\(--latchkey-([a-z-]+)/g)].map(([, name]) => name);
    expect([...new Set(used)].sort()).to.deep.equal([...names].sort());
  });

  it('speaks of no class that stands on no page', () => {
    const frames = [frameOf({ notice: { kind: 'linked', provider: 'word' } }), frameOf({ failure: failed('email_taken') })];
    const pages = everyPage('word').flatMap((page) => frames.map((frame) => renderPage(page, frame)));
    const classes = new Set(pages.flatMap(tagsOf).flatMap((tag) => attribute(tag, 'class')?.split(' ') ?? []));
    const selectors = PAGE_STYLE.replace(/\/\*.*?\*\/|\{[^{}]*\}/gs, '');
    const styled = new Set([...selectors.matchAll(/\.([a-zA-Z][\w-]*)/g)].map(([, name = '']) => name));
    expect([...styled].filter((name) => !classes.has(name))).to.deep.equal([]);
  });
});

// What a person reads when their sign-in methods change.

import { expect } from 'chai';
import type { MailMessage, MailTemplate } from '../../lib/accounts/mail-message.js';
import { renderMail } from '../../lib/mail/templates.js';
import { retryPauseMs } from '../../lib/outbox/failed-deliveries.js';
import { OWN_LANGUAGES } from '../../lib/support/languages.js';

/** By the compiler: every notice there is. */
const TEMPLATES = Object.keys({
  linked: true,
  unlinked: true,
  password_set: true,
  password_changed: true,
  password_removed: true,
  password_reset: true,
  address_changed: true,
  sessions_ended: true,
  method_added: true,
  method_removed: true,
} satisfies Record<MailTemplate, true>) as readonly MailTemplate[];
const CONTROL = /\p{Cc}/u;
/** What mail programs turn into something to click; the app's own name is BIO.RE here on purpose and taken out first. */
const LINK = /https?:|www\.|href|\w\.[a-z]/i;

interface Changes {
  readonly template?: MailTemplate;
  readonly language?: string;
  readonly data?: Partial<MailMessage['data']>;
}

function mail({ template = 'unlinked', language = 'en-US', data = {} }: Changes = {}) {
  const message: MailMessage = {
    template,
    language,
    to: 'ann@example.test',
    data: { appName: 'BIO.RE', provider: 'Google', nickname: 'Ann', at: '2026-11-21T23:59:59.000Z', ...data },
  };
  return renderMail(message);
}

describe('mail templates', () => {
  const sentences: readonly (readonly [string, MailTemplate, string])[] = [
    ['en-US', 'unlinked', 'Google unlinked from your BIO.RE login on November 21, 2026'],
    ['en-US', 'linked', 'Google linked to your BIO.RE login on November 21, 2026'],
    ['en-US', 'password_set', 'Password added to your BIO.RE login on November 21, 2026'],
    ['en-US', 'password_changed', 'Password changed for your BIO.RE login on November 21, 2026'],
    ['en-US', 'password_removed', 'Password removed from your BIO.RE login on November 21, 2026'],
    ['en-US', 'sessions_ended', 'All devices signed out of your BIO.RE login on November 21, 2026'],
    ['en-US', 'method_added', 'A sign-in method was added to your BIO.RE login on November 21, 2026'],
    ['en-US', 'method_removed', 'A sign-in method was removed from your BIO.RE login on November 21, 2026'],
    ['en-US', 'password_reset', 'Password reset for your BIO.RE login on November 21, 2026'],
    ['en-US', 'address_changed', 'The e-mail address of your BIO.RE login was changed on November 21, 2026'],
    ['zh-CN', 'password_reset', '您的 BIO.RE 登录密码已于 2026年11月21日 重新设置'],
    ['zh-CN', 'address_changed', '您的 BIO.RE 登录邮箱已于 2026年11月21日 更改'],
    ['zh-CN', 'unlinked', 'Google 已于 2026年11月21日 与您的 BIO.RE 登录解除绑定'],
    ['zh-CN', 'linked', 'Google 已于 2026年11月21日 绑定到您的 BIO.RE 登录'],
    ['zh-CN', 'password_set', '您的 BIO.RE 登录已于 2026年11月21日 新增密码'],
    ['zh-CN', 'password_changed', '您的 BIO.RE 登录密码已于 2026年11月21日 更改'],
    ['zh-CN', 'password_removed', '您的 BIO.RE 登录密码已于 2026年11月21日 移除'],
    ['zh-CN', 'sessions_ended', '您的 BIO.RE 登录已于 2026年11月21日 在所有设备上退出'],
    ['zh-CN', 'method_added', '您的 BIO.RE 登录已于 2026年11月21日 新增一种登录方式'],
    ['zh-CN', 'method_removed', '您的 BIO.RE 登录已于 2026年11月21日 移除一种登录方式'],
  ];
  for (const [language, template, sentence] of sentences) {
    it(`tells a ${language} reader "${sentence}" in the subject and on one line of the body`, () => {
      const { subject, text, html } = mail({ template, language });
      expect(subject).to.equal(sentence);
      expect(text.split('\n')).to.include(sentence);
      expect(html).to.include(`<html lang="${language}">`).and.to.include(`<p>${sentence}</p>`);
    });
  }

  it('speaks Chinese to every reader of Simplified Chinese', () => {
    for (const language of ['zh', 'ZH', 'zh-CN', 'zh_CN', 'zh-cn', 'zh-SG', 'zh_sg', 'zh-Hans', 'zh-Hans-SG', 'zh_Hans_TW']) {
      for (const template of TEMPLATES) expect(mail({ template, language }).text, language).to.match(/您/);
    }
  });

  it('speaks English to everybody else', () => {
    for (const language of [
      '',
      'en',
      'nl-NL',
      'zh-TW',
      'zh-HK',
      'zh_Hant',
      'zh-Hant-SG',
      'zh-cnx',
      'zhx',
      '../../etc/passwd',
      '__proto__',
    ]) {
      expect(mail({ language }).text, language).to.include('Hello Ann,');
    }
  });

  it('speaks German, French, Spanish and Japanese to who reads them', () => {
    const [subjects, readers] = [new Set<string>(), ['de-AT', 'fr_CA', 'es-419', 'ja', 'zh', 'en']];
    for (const language of readers) for (const template of TEMPLATES) subjects.add(mail({ template, language }).subject);
    expect(subjects.size).to.equal(readers.length * TEMPLATES.length);
    expect(mail({ language: 'de-AT' }).subject).to.equal(
      'Die Verknüpfung von Google mit Ihrem Konto bei BIO.RE wurde am 21. November 2026 aufgehoben',
    );
  });

  it('says what to do if it was not you, and offers nothing to click', () => {
    for (const language of OWN_LANGUAGES) {
      for (const template of TEMPLATES) {
        const { subject, text, html } = mail({ template, language });
        for (const line of text.split(/\n+/)) if (!line.includes('BIO.RE')) expect(html, 'both say the same').to.include(line);
        expect(text)
          .to.include(subject)
          .and.to.match(/If this was not you|如果不是您本人操作|Wenn nicht: |Si ce n’était pas vous|Si no has sido tú|心当たりがない場合/);
        expect(text.replaceAll('BIO.RE', '')).to.not.match(LINK);
        expect(html.replaceAll('BIO.RE', ''))
          .to.not.match(LINK)
          .and.to.not.match(/<(?:a|img|form|script|link)\b/i);
      }
    }
  });

  it('needs no transfer encoding in English: short lines of ASCII', () => {
    for (const template of TEMPLATES) {
      for (const line of mail({ template }).text.split('\n')) expect(line).to.match(/^[\x20-\x7e]{0,76}$/);
    }
  });

  it('shows names as text, whatever is in them', () => {
    const hostile = '<img src=x onerror=alert(1)>"\'&';
    const { html } = mail({ data: { appName: hostile, provider: hostile, nickname: '<b>"Ann" & \'co</b>'.replace('/', '') } });
    expect(html).to.not.match(/<img|<b>/);
    expect(html).to.include('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;');
    expect(html).to.include('Hello &lt;b&gt;&quot;Ann&quot; &amp; &#39;co&lt;b&gt;,');
  });

  it('keeps line breaks and control characters of a name out of the subject and out of the lines', () => {
    const name = 'Go\r\nBcc: eve@example.test\u0000\u2028\u202eogle\ud800';
    const { subject, text } = mail({ data: { provider: name, appName: name, nickname: 'An\r\nn' } });
    expect(subject)
      .to.not.match(CONTROL)
      .and.to.not.match(/[\u2028\u202e\ud800]/);
    expect(subject).to.match(/^Go Bcc: eve@example\.test ogle unlinked from your Go Bcc:/);
    expect(text.split('\n')).to.include(subject).and.to.include('Hello An n,');
  });

  it('says from where a password was changed, if that is no advertisement', () => {
    const subjectFrom = (device: string, language = 'en-US') => mail({ template: 'password_changed', language, data: { device } }).subject;
    expect(subjectFrom('Chrome on macOS')).to.equal('Your password was changed on November 21, 2026 from Chrome on macOS');
    expect(subjectFrom('Chrome on macOS', 'zh-CN')).to.equal('您的密码已于 2026年11月21日 在 Chrome on macOS 上更改');
    for (const device of ['https://evil.test/1', 'evil.test on macOS', 'x'.repeat(65), '\u202e'])
      expect(subjectFrom(device)).to.equal('Password changed for your BIO.RE login on November 21, 2026');
  });

  it('does not carry a stranger’s advertisement in the greeting', () => {
    const names = [
      'Win at evil.test',
      'https://evil.test',
      'www.evil.test',
      'evil\u3002test',
      'mail eve@evil.test',
      'x'.repeat(65),
      'a/b',
      '  ',
    ];
    for (const nickname of names) expect(mail({ data: { nickname } }).text, nickname).to.match(/^Hello,\n/);
    for (const nickname of ['Dr. Who', 'J. R. R. Tolkien', '李小龙', 'O’Neil'])
      expect(mail({ data: { nickname } }).text).to.match(new RegExp(`^Hello ${nickname},\n`));
  });

  it('still makes sense when the provider has no name', () => {
    expect(mail({ data: { provider: ' ' } }).subject).to.equal('A sign-in provider unlinked from your BIO.RE login on November 21, 2026');
  });
});

describe('pauses between attempts', () => {
  it('grow from seconds to six hours, and go on for more than two days', () => {
    const pauses = Array.from({ length: 30 }, (_, attempts) => retryPauseMs(attempts, 0));
    expect(pauses.slice(0, 5)).to.deep.equal([5_000, 30_000, 120_000, 600_000, 3_600_000]);
    expect(pauses).to.deep.equal(pauses.toSorted((a, b) => a - b));
    expect(Math.max(...pauses)).to.equal(6 * 3_600_000);
    expect(pauses.slice(0, 15).reduce((sum, pause) => sum + pause, 0)).to.be.greaterThan(2 * 86_400_000);
  });

  it('are a little different each time', () => {
    expect(retryPauseMs(0, 1)).to.equal(3_750);
    expect(retryPauseMs(99, 0.999)).to.be.within(4 * 3_600_000, 6 * 3_600_000);
  });
});

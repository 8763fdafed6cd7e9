// A host that words pages and mails itself, and brings a language of its own.

import { expect } from 'chai';
import type { Language, TextOptions } from '../../lib/index.js';
import { renderMail } from '../../lib/mail/templates.js';
import { MAIL_TEXTS } from '../../lib/mail/texts/languages.js';
import { PAGE_TEXTS } from '../../lib/pages/texts/languages.js';
import { createTexts } from '../../lib/plugin/texts.js';
import { ConfigurationError } from '../../lib/support/configuration-error.js';
import { hostScene } from '../support/host-scene.js';
import { openTestHost } from '../support/test-host.js';

const DUTCH: Language = {
  pages: { ...PAGE_TEXTS.en, signIn: { ...PAGE_TEXTS.en.signIn, title: (appName) => `Inloggen bij ${appName}` } },
  mails: { ...MAIL_TEXTS.en, locale: 'nl', greeting: (name) => `Dag ${name ?? ''},` },
};

describe('A host with words of its own', () => {
  const scene = hostScene();

  const pageIn = async (base: string, language: string) => {
    const answer = await fetch(`${base}/account/connections`, { headers: { accept: 'text/html', 'accept-language': language } });
    return { language: answer.headers.get('content-language'), html: await answer.text() };
  };

  const openHost = (texts: TextOptions) => scene.closing(openTestHost({ providers: scene, plugin: { appName: 'Our App', texts } }));

  it('says them in the language that it changes, escapes them, and leaves the rest to us', async () => {
    const { base } = await openHost({ change: { en: { pages: { signIn: { title: (name) => `<b>Welcome</b> to ${name}` } } } } });
    expect((await pageIn(base, 'en')).html)
      .to.include('&lt;b&gt;Welcome&lt;/b&gt; to Our App')
      .and.include('Continue with');
    expect((await pageIn(base, 'de')).html).to.include('Anmelden bei Our App');
  });

  it('speaks the language that it adds to whoever reads that', async () => {
    const { base } = await openHost({ add: { nl: DUTCH } });
    const dutch = await pageIn(base, 'nl-BE,nl;q=0.9,de;q=0.8');
    expect([dutch.language, dutch.html.includes('lang="nl"'), dutch.html.includes('Inloggen bij Our App')]).to.deep.equal([
      'nl',
      true,
      true,
    ]);
    expect((await pageIn(base, 'it')).language).to.equal('en');
    const data = { appName: 'Our App', provider: 'Google', nickname: 'Ann', at: '2026-11-21T12:00:00.000Z' };
    const mail = renderMail(
      { template: 'unlinked', language: 'nl', to: 'ann@example.test', data },
      undefined,
      createTexts({ add: { nl: DUTCH } }).mails,
    );
    expect(mail.text).to.include('Dag Ann,');
    expect(mail.html).to.include('<html lang="nl">');
  });

  it('is told of every text that is missing, unknown or of another kind, all at once', async () => {
    const { greeting: _greeting, ...mails } = MAIL_TEXTS.en;
    const texts = {
      change: { en: { pages: { signIn: { titel: 'x', or: () => 'x' } } }, xx: {} },
      add: { 'no language': DUTCH, de: DUTCH, nl: { pages: { ...DUTCH.pages, callback: undefined }, mails } },
    } as unknown as TextOptions;
    const refused = await openTestHost({ providers: scene, plugin: { texts } }).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refused).to.be.instanceOf(ConfigurationError);
    expect((refused as ConfigurationError).mistakes.map(({ path }) => path)).to.have.members([
      'texts.change.xx',
      'texts.change.en.pages.signIn.titel',
      'texts.change.en.pages.signIn.or',
      'texts.add.no language',
      'texts.add.de',
      'texts.add.nl.pages.callback',
      'texts.add.nl.mails.greeting',
    ]);
  });
});

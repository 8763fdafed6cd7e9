// A host that has not said how it is called.

import { expect } from 'chai';
import { renderMail } from '../../lib/mail/templates.js';
import { hostScene } from '../support/host-scene.js';
import { openTestHost } from '../support/test-host.js';

describe('An app without a name', () => {
  const scene = hostScene();

  it('is “this app” on its pages, in the language of who reads them', async () => {
    const host = await scene.closing(openTestHost({ providers: scene, plugin: { appName: undefined as unknown as string } }));
    const english = (await host.browser().open('/account/connections')).text;
    expect(english).to.include('this app').and.not.include('BIO.RE');
    const chinese = await fetch(`${host.base}/account/connections`, { headers: { accept: 'text/html', 'accept-language': 'zh-CN' } });
    expect(await chinese.text())
      .to.include('本应用')
      .and.not.match(/this app|BIO\.RE/);
  });

  it('is “this app” in its mails', () => {
    const mail = (template: 'unlinked' | 'reset_password', language: string, link?: string) =>
      renderMail(
        { template, to: 'a@b.test', language, data: { appName: '', provider: 'Google', nickname: 'Ann', at: '2026-11-21T12:00:00.000Z' } },
        link,
      );
    const told = mail('unlinked', 'en-US');
    expect(told.subject).to.equal('Google unlinked from your login to this app on November 21, 2026');
    expect(told.text).to.include('\nThis app never asks for your password');
    expect(mail('reset_password', 'en-US', 'https://app.test/x').subject).to.equal('Set a new password for this app');
    expect(mail('unlinked', 'zh-CN').subject).to.include('本应用').and.not.include('this app');
  });
});

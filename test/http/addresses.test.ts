// Addresses as people and providers write them: which two are one, and that whatever is stored opens the password door.

import { expect } from 'chai';
import type { HttpAnswer } from '../support/http-request.js';
import { type Person, person } from '../support/person.js';
import { databases, describeOn } from '../support/services.js';
import { openStage, type Stage, type StageProvider } from '../support/stage.js';
import { PASSWORD } from './scenarios.js';

const codeOf = ({ json }: HttpAnswer): unknown => json?.code;

/** Somebody new with this in the local part or the domain of their address. */
const withAddress = (make: (unique: string) => string): Person & { readonly email: string } => {
  const who = person();
  return { ...who, email: make(who.sub) };
};

/** Addresses that providers give out, and what a rule for the forms of one country would refuse. */
const STORABLE: Readonly<Record<string, (unique: string) => string>> = {
  'an umlaut': (unique) => `jörg.${unique}@example.test`,
  'an ampersand': (unique) => `a&b${unique}@x.test`,
  'an apostrophe': (unique) => `o'neill${unique}@x.test`,
  'a host without a dot': (unique) => `${unique}@localhost`,
  'a domain of other letters': (unique) => `${unique}@bücher.example`,
  'capitals in a domain of other letters': (unique) => `${unique}@BÜCHER.example`,
  'two dots together': (unique) => `a..b${unique}@x.test`,
  'a dot at the end': (unique) => `a${unique}.@x.test`,
  'a quoted space': (unique) => `"john doe ${unique}"@x.test`,
  'other scripts': (unique) => `用户${unique}@例子.test`,
  'a capital that becomes two characters': (unique) => `İ${unique}@x.test`,
  'letters written in parts': (unique) => `jo\u0308rg${unique}@x.test`,
  'a percent sign and a slash': (unique) => `a%b/c${unique}@x.test`,
  'a name as long as there may be': (unique) => `${unique.padEnd(244, 'x')}@long.test`,
};

describeOn(databases, 'An address', (kind) => {
  let stage: Stage;

  before(async () => {
    stage = await openStage({ database: kind, config: { linkByVerifiedEmail: ['google'] } });
  });
  after(() => stage.close());

  const signIn = (provider: StageProvider, who: Person) => stage.client().signIn(provider, stage.providers[provider], who);
  const attempt = async (provider: StageProvider, who: Person) =>
    stage.client().finish(provider, await stage.client().visit(provider, stage.providers[provider], who));

  for (const [title, make] of Object.entries(STORABLE)) {
    it(`with ${title} opens the password door, once its owner has set a password and let the only link go`, async () => {
      const who = withAddress(make);
      const by = await signIn('oidc', who);
      expect(by.user).to.have.property('email');
      expect(codeOf(await by.setPassword(PASSWORD))).to.equal(0);
      expect(codeOf(await by.unlink('oidc'))).to.equal(0);
      for (const typed of [who.email, String(by.user?.email), who.email.toUpperCase(), ` ${who.email} `])
        expect((await stage.client().signInWithPassword(typed, PASSWORD)).user?.id, typed).to.equal(by.user?.id);
      const taken = { ...person(), email: who.email };
      expect(codeOf(await attempt('logto', taken)), 'the same at another provider').to.equal(40032);
    });
  }

  for (const [title, address] of Object.entries({
    'a second @': 'a@b@x.test',
    'a list of two': 'a@x.test,b@x.test',
    'angle brackets': '<ann@x.test>',
    'a control character': 'ann\u0007@x.test',
    'a character that turns the text around': 'ann\u202e@x.test',
    'half a character': 'ann\ud800@x.test',
    'white space': 'ann lee@x.test',
    'more than 254 characters': `${'x'.repeat(250)}@x.test`,
    'more than 254 characters in its normal form': `${'İ'.repeat(130)}@x.test`,
    'a domain that something else decodes': 'ann@ex%61mple.test',
    'no domain': 'ann@',
  })) {
    it(`with ${title} is none: the person comes in without one, and nobody can type it`, async () => {
      const by = await signIn('oidc', { ...person(), email: address });
      expect(by.user).not.to.have.property('email');
      expect(codeOf(await stage.client().signUp(address, PASSWORD))).to.equal(40001);
      expect(codeOf(await stage.client().call('POST', '/session/token', { email: address, password: PASSWORD }))).to.equal(40001);
    });
  }

  for (const [title, one, other] of [
    ['full-width letters', 'ａdmin', 'admin'],
    ['a superscript', 'bob²', 'bob2'],
    ['a ligature', 'ﬁona', 'fiona'],
    ['a long s', 'ſam', 'sam'],
    ['a sharp s', 'groß', 'gross'],
    ['a dotless i', 'ıvan', 'ivan'],
    ['an accent', 'josé', 'jose'],
  ] as const) {
    it(`with ${title} is another mailbox, also for a provider that is trusted with addresses`, async () => {
      const { sub } = person();
      const owner = await signIn('oidc', { ...person(), email: `${other}${sub}@x.test` });
      const stranger = await signIn('google', { ...person(), email: `${one}${sub}@x.test` });
      expect(stranger.user?.id).not.to.equal(owner.user?.id);
      expect(await owner.linked()).to.deep.equal([2]);
      expect(stranger.user?.email).to.equal(`${one}${sub}@x.test`);
    });
  }

  it('in another spelling of the same letters and the same domain is the same mailbox', async () => {
    const who = withAddress((unique) => `Jörg.ǰ${unique}@Bücher.example`);
    const by = await signIn('oidc', who);
    const local = who.email.split('@')[0] ?? '';
    for (const spelling of [
      who.email.normalize('NFD'),
      who.email.toUpperCase(),
      `${local}@xn--bcher-kva.example`,
      `${local}@XN--BCHER-KVA.EXAMPLE`,
      `${local}@ｂücher。example`,
    ]) {
      const again = await signIn('google', { ...person(), email: spelling });
      expect(again.user?.id, spelling).to.equal(by.user?.id);
      expect(codeOf(await by.unlink('google'))).to.equal(0);
    }
  });

  it('is stored as long as it is in its normal form, and no longer', async () => {
    const who = withAddress((unique) => `${'ﷺ'.repeat(60)}${unique}@x.test`);
    const by = await signIn('oidc', who);
    expect(by.user?.email).to.equal(who.email);
    const decomposed = withAddress((unique) => `${'e\u0301'.repeat(200)}${unique}@x.test`);
    const other = await signIn('oidc', decomposed);
    expect(other.user?.email).to.equal(decomposed.email.normalize('NFC'));
    const identities = (await other.identities()).json?.data;
    expect(identities?.[0]?.userInfoInIdp?.email).to.equal(decomposed.email.normalize('NFC'));
  });
});

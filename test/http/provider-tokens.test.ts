// Tokens of providers: kept only where asked for, unreadable in the database, and revoked after an unlink.

import { expect } from 'chai';
import type { OpenIdProvider } from '../support/openid-provider.js';
import { person } from '../support/person.js';
import { describeOn } from '../support/services.js';
import { openStage, type Stage } from '../support/stage.js';

interface LinkRow {
  readonly provider: string;
  readonly tokens: string | null;
}

async function until(what: string, condition: () => boolean | Promise<boolean>, ms = 12_000): Promise<void> {
  for (const deadline = Date.now() + ms; !(await condition()); await new Promise((resolve) => setTimeout(resolve, 50))) {
    if (Date.now() > deadline) throw new Error(`Timed out waiting until ${what}`);
  }
}

const revoked = ({ requests }: OpenIdProvider) => requests.filter(({ path }) => path === '/revoke').map(({ form }) => form.token);

/** Every token the provider has given so far. */
const given = ({ requests }: OpenIdProvider) => requests.filter(({ path }) => path === '/token').length;

describeOn(['sqlite'], 'Tokens of providers, where they are kept', (kind) => {
  let stage: Stage;
  before(async () => {
    stage = await openStage({ database: kind, config: { storeProviderTokens: true } });
  });
  after(() => stage.close());

  const tokensOf = async (subject: string) => {
    const [row] = await stage.query<LinkRow>('SELECT provider, tokens FROM social_links WHERE subject = :subject', { subject });
    return row?.tokens;
  };

  it('stand encrypted beside the link, and anew after each sign-in', async () => {
    const { logto } = stage.providers;
    const who = person();
    await stage.client().signIn('logto', logto, who);
    const first = await tokensOf(who.sub);
    expect(first).to.match(/^[0-9a-f]{8}\.[\w-]{60,}$/);
    expect(Buffer.from(first?.split('.')[1] ?? '', 'base64url').toString('latin1')).not.to.include('refreshToken');
    await stage.client().signIn('logto', logto, who);
    expect(await tokensOf(who.sub))
      .to.be.a('string')
      .and.not.equal(first);
    expect(given(logto)).to.be.at.least(2);
  });

  it('are shown to nobody', async () => {
    const who = person();
    const user = await stage.client().signIn('logto', stage.providers.logto, who);
    const sealed = String(await tokensOf(who.sub));
    for (const answer of [await user.setting(), await user.identities()]) expect(answer.text).not.to.include(sealed.slice(9));
  });

  it('are revoked at the provider once the unlink is done', async () => {
    const { logto, google } = stage.providers;
    const user = await stage.client().signIn('logto', logto, person());
    await user.link('google', google, person());
    const before = revoked(google).length;
    expect((await user.bioreUnlink('google')).status).to.equal(200);
    await until('google was asked to revoke', () => revoked(google).length > before);
    expect(revoked(google)).to.have.length(before + 1);
  });

  it('are revoked later, and the unlink stands, while the provider cannot be reached', async () => {
    const { logto, oidc } = stage.providers;
    const user = await stage.client().signIn('logto', logto, person());
    await user.link('oidc', oidc, person());
    oidc.bend.revocation = () => {
      throw new Error('down');
    };
    const before = revoked(oidc).length;
    expect((await user.unlink('oidc')).json?.code).to.equal(0);
    await until('it was tried in vain', () => revoked(oidc).length > before);
    delete oidc.bend.revocation;
    expect(await user.linked()).to.deep.equal([0]);
    await until('it was tried again', () => revoked(oidc).length > before + 1);
    const waiting = () =>
      stage.query<{ n: number | string }>("SELECT COUNT(*) AS n FROM outbox_messages WHERE kind = 'revocation' AND sent_at IS NULL");
    await until('nothing is left to revoke', async () => Number((await waiting())[0]?.n) === 0);
  }).timeout(30_000);
});

describeOn(['sqlite'], 'Tokens of providers, where they are not kept', (kind) => {
  it('are in no row, and nothing is revoked', async () => {
    const stage = await openStage({ database: kind });
    try {
      const { logto, google } = stage.providers;
      const user = await stage.client().signIn('logto', logto, person());
      await user.link('google', google, person());
      const rows = await stage.query<LinkRow>('SELECT provider, tokens FROM social_links');
      expect(rows.map(({ tokens }) => tokens)).to.deep.equal([null, null]);
      await user.bioreUnlink('google');
      expect(await stage.query("SELECT id FROM outbox_messages WHERE kind = 'revocation'")).to.deep.equal([]);
    } finally {
      await stage.close();
    }
  });
});

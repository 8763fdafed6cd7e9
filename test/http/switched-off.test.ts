// What a restart with something switched off means for those who sign in by it: it no longer counts, and may always go.

import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { ApiClient } from '../support/client.js';
import type { HttpAnswer, Json } from '../support/http-request.js';
import { type Person, person } from '../support/person.js';
import type { Server } from '../support/server.js';
import { describeOn } from '../support/services.js';
import { openStage, type Stage, type StageProvider } from '../support/stage.js';
import { change, extIdpId, PASSWORD, userIdOf } from './scenarios.js';

const codeOf = ({ json }: HttpAnswer): unknown => json?.code;

const LAST_WAY_IN = 40084;

describeOn(['sqlite'], 'After a restart', (kind) => {
  let stage: Stage;
  let oidcOff: Server;
  let passwordOff: Server;
  let withoutAcme: Server;

  before(async function () {
    this.timeout(60_000); // Several processes start.
    // Everybody's link to acme comes by SQL, so that nobody has to listen there.
    const acme = { type: 'oidc', issuer: 'http://127.0.0.1:9', clientId: 'latchkey', clientSecret: 'secret' };
    stage = await openStage({ database: kind, config: { providers: { acme } } });
    await stage.client().signIn('oidc', stage.providers.oidc, person());
    await stage.client().signIn('oidc', stage.providers.oidc, person());
    await stage.client().signUp(person().email, PASSWORD);
    // One after the other: a start is the most that a small machine has to do here.
    await counted();
    oidcOff = await stage.start({ providers: { oidc: { enabled: false } } });
    await counted();
    passwordOff = await stage.start({ passwordSignIn: false });
    await counted();
    withoutAcme = await stage.start({});
    await counted();
  });
  after(() => stage.close());

  const seen = new Set<string>();
  /** A server that has just started has counted whom its configuration strands, before anybody else is. */
  async function counted(): Promise<void> {
    for (;;) {
      const rows = await stage.query<{ digest: string }>('SELECT digest FROM stranded_counts WHERE finished_at IS NOT NULL');
      const fresh = rows.filter(({ digest }) => !seen.has(digest));
      for (const { digest } of fresh) seen.add(digest);
      if (fresh.length > 0) return;
      await pause(50);
    }
  }

  const at = ({ base }: Server, { token, refreshToken }: ApiClient) => Object.assign(new ApiClient(base, token), { refreshToken });

  /** Signed in by the first of these providers and linked to the rest, while all are on. */
  async function linkedTo(first: StageProvider, ...rest: readonly StageProvider[]): Promise<{ by: ApiClient; who: Person }> {
    const who = person();
    const by = await stage.client().signIn(first, stage.providers[first], who);
    for (const provider of rest) await by.link(provider, stage.providers[provider], person());
    return { by, who };
  }

  const renameLink = async (who: Person, from: string, to: string) =>
    change(stage, 'UPDATE social_links SET provider = :to, namespace = NULL WHERE user_id = :id AND provider = :from', {
      ...{ to, from },
      id: await userIdOf(stage, who),
    });

  async function expectLastWayIn(by: ApiClient): Promise<void> {
    expect(codeOf(await by.unlink('google'))).to.equal(LAST_WAY_IN);
    expect((await by.bioreUnlink('google')).json?.error?.i18nKey).to.equal('auth.oauth.only_auth_method');
    expect((await by.genauthUnlink(extIdpId('google'))).json?.statusCode).to.equal(422);
  }

  describe('with a provider switched off', () => {
    it('the link that remains is the last way in, and the other may go', async () => {
      const { by } = await linkedTo('google', 'oidc');
      const here = at(oidcOff, by);
      await expectLastWayIn(here);
      expect(codeOf(await here.unlink('oidc'))).to.equal(0);
      await expectLastWayIn(here);
      expect(await here.linked()).to.deep.equal(['google']);
    });

    it('a link to it may go in GenAuth too, also when it is all there is', async () => {
      const { by } = await linkedTo('oidc');
      expect((await at(oidcOff, by).genauthUnlink(extIdpId('oidc'))).json?.statusCode).to.equal(200);
      expect(await by.linked()).to.deep.equal([]);
    });

    it('the password does not go while it is the only other way in', async () => {
      const { by } = await linkedTo('oidc');
      await by.setPassword(PASSWORD);
      const here = at(oidcOff, by);
      expect(codeOf(await here.removePassword(PASSWORD))).to.equal(LAST_WAY_IN);
      expect(codeOf(await here.unlink('oidc'))).to.equal(0);
    });

    it('nobody signs in or links by it, and the link stays', async () => {
      const { by, who } = await linkedTo('google', 'oidc');
      const other = await linkedTo('google');
      expect(codeOf(await new ApiClient(oidcOff.base).prepare('oidc'))).to.equal(40019);
      expect(codeOf(await at(oidcOff, other.by).prepare('oidc', { linking: true }))).to.equal(40019);
      expect(await at(oidcOff, by).linked()).to.have.members(['google', 2]);
      await stage.client().signIn('google', stage.providers.google, who);
    });

    it('a third link still counts', async () => {
      const { by } = await linkedTo('google', 'oidc', 'logto');
      expect(codeOf(await at(oidcOff, by).unlink('google'))).to.equal(0);
      expect(codeOf(await at(oidcOff, by).unlink('logto'))).to.equal(LAST_WAY_IN);
    });

    it('an operator reads how many it stranded', () => {
      expect(oidcOff.output()).to.match(/"level":40,.*"stranded":2,.*no sign-in method/);
      for (const server of [stage.servers[0], withoutAcme]) expect(server?.output()).not.to.include('stranded');
    });
  });

  describe('with a provider taken out of the configuration', () => {
    it('the link that remains is the last way in, and the other may go by any name it had', async () => {
      for (const unlink of [
        async (here: ApiClient) => (await here.unlink('acme')).json,
        async (here: ApiClient) => (await here.genauthUnlink(extIdpId('acme'))).json,
      ]) {
        const { by, who } = await linkedTo('google', 'oidc');
        await renameLink(who, 'oidc', 'acme');
        const here = at(withoutAcme, by);
        expect(await here.linked()).to.have.members(['google', 'acme']);
        await expectLastWayIn(here);
        expect(await unlink(here)).to.satisfy((done?: Json) =>
          [done?.code, done?.statusCode].some((code: unknown) => code === 0 || code === 200),
        );
        expect(await here.linked()).to.deep.equal(['google']);
      }
    });

    it('the other process, which still has it, lets either go', async () => {
      const { by, who } = await linkedTo('google', 'oidc');
      await renameLink(who, 'oidc', 'acme');
      expect(codeOf(await by.unlink('google'))).to.equal(0);
    });
  });

  describe('with password sign-in switched off', () => {
    it('a password is no way in: the one link stays, and the password may go', async () => {
      const { by, who } = await linkedTo('google');
      await by.setPassword(PASSWORD);
      const here = at(passwordOff, by);
      await expectLastWayIn(here);
      expect(codeOf(await here.call('POST', '/session/token', { email: who.email, password: PASSWORD }))).to.equal(40019);
      expect(codeOf(await here.removePassword(PASSWORD))).to.equal(0);
      expect(await here.linked()).to.deep.equal(['google']);
    });

    it('nobody signs up with one', async () => {
      expect(codeOf(await new ApiClient(passwordOff.base).signUp(person().email, PASSWORD))).to.equal(40019);
    });

    it('where it is on, the same person may unlink', async () => {
      const { by } = await linkedTo('google');
      await by.setPassword(PASSWORD);
      expect(codeOf(await by.unlink('google'))).to.equal(0);
      expect(await by.linked()).to.deep.equal([]);
    });

    it('an operator reads how many it stranded', () => {
      expect(passwordOff.output()).to.match(/"level":40,.*"stranded":1,.*no sign-in method/);
    });
  });
});

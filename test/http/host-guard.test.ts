// The guard on a host's own routes: the middleware gives a permit, and what takes something away asks for one.

import { expect } from 'chai';
import type { Express, Request, RequestHandler } from 'express';
import { DataTypes } from 'sequelize';
import { type Permit, permitOf } from '../../lib/index.js';
import { ApiClient } from '../support/client.js';
import { hostScene } from '../support/host-scene.js';
import { PASSWORD, PASSWORD_HASH } from '../support/passwords.js';
import { person } from '../support/person.js';
import { type HostParts, openTestHost, type TestHost } from '../support/test-host.js';

const LAST = 'This is your only sign-in method. Set a password or link another provider first';
const NO_PASSWORD = 'This account has no password';

describe("The guard on a host's own routes", () => {
  const scene = hostScene();
  let host: TestHost;

  /** What happens once a permit to remove a password is given, and before the handler acts on it. */
  let meanwhile: () => Promise<unknown> = async () => undefined;

  /** Ids as `signInMethods` gives them. */
  const passkeyId = (id: unknown) => `passkey-${String(id)}`;

  function ownRoutes(app: Express, { keys }: HostParts): void {
    const act =
      (handler: (req: Request) => Promise<unknown>): RequestHandler =>
      async (req, res, next) => {
        try {
          await handler(req);
          res.json({ done: true });
        } catch (error) {
          next(error);
        }
      };
    const linkOf = (req: Request) => ({ kind: 'link', provider: String(req.params.provider) }) as const;
    const passkeyOf = (req: Request) => ({ kind: 'host', id: passkeyId(req.params.id) }) as const;
    app.delete(
      '/own/links/:provider',
      keys.requireUser,
      keys.antiLockout(linkOf),
      act((req) => keys.links.unlink(permitOf(req))),
    );
    app.delete(
      '/own/password',
      keys.requireUser,
      keys.antiLockout(() => ({ kind: 'password' })),
      act(async (req) => {
        await meanwhile();
        await keys.links.removePassword(permitOf(req));
      }),
    );
    const removePasskey = act((req) =>
      keys.links.removeMethod(permitOf(req), async (transaction) => {
        await host.sequelize.models.Passkey?.destroy({ where: { id: String(req.params.id) }, transaction });
      }),
    );
    app.delete('/own/passkeys/:id', keys.requireUser, keys.antiLockout(passkeyOf), removePasskey);
    // What a host may get wrong.
    app.delete(
      '/unguarded/:provider',
      keys.requireUser,
      act((req) => keys.links.unlink(permitOf(req))),
    );
    app.delete(
      '/mixed/:provider',
      keys.requireUser,
      keys.antiLockout(linkOf),
      act((req) => keys.links.removePassword(permitOf(req))),
    );
    app.delete('/mixed-up/:provider', keys.requireUser, keys.antiLockout(linkOf), removePasskey);
    app.delete(
      '/forgetful/:provider',
      keys.antiLockout(linkOf),
      act((req) => keys.links.unlink(permitOf(req))),
    );
  }

  before(async () => {
    host = await scene.closing(
      openTestHost({
        providers: scene,
        async defined(members) {
          await members.sequelize?.define('Passkey', { memberId: DataTypes.INTEGER }, { tableName: 'passkeys', timestamps: false }).sync();
        },
        plugin: {
          async signInMethods(userId, { transaction }) {
            const found = await host.sequelize.models.Passkey?.findAll({ where: { memberId: userId }, transaction: transaction ?? null });
            return (found ?? []).map((passkey) => passkeyId(passkey.get('id')));
          },
        },
        behind: ownRoutes,
      }),
    );
  });

  const remove = async (by: ApiClient, path: string) => {
    const { status, json } = await by.call('DELETE', path);
    return [status, (json as { oops?: string } | undefined)?.oops ?? 'done'];
  };

  async function signedIn(): Promise<{ readonly by: ApiClient; readonly id: number; readonly other: ApiClient }> {
    const who = person();
    const [by, other] = [
      await new ApiClient(host.base).signIn('oidc', scene.oidc, who),
      await new ApiClient(host.base).signIn('oidc', scene.oidc, who),
    ];
    return { by, other, id: Number((await host.Members.findOne({ where: { email: who.email } }))?.id) };
  }

  const addPasskey = async (memberId: number) => String((await host.sequelize.models.Passkey?.create({ memberId }))?.get('id'));

  it('refuses the last link, and lets it go once there is another way in', async () => {
    const { by, other, id } = await signedIn();
    expect(await remove(by, '/own/links/oidc')).to.deep.equal([400, LAST]);
    expect(await remove(by, '/own/links/google')).to.have.property('0', 400);
    expect(await host.linked(id)).to.deep.equal(['oidc']);
    await by.link('google', scene.google, person());
    expect(await remove(by, '/own/links/oidc')).to.deep.equal([200, 'done']);
    expect(await host.linked(id)).to.deep.equal(['google']);
    expect((await by.setting()).json?.code, 'who asked stays signed in').to.equal(0);
    expect((await other.setting()).json?.code, 'what else the link had opened ends').to.equal(401);
  });

  it('refuses the last password, and ends the other sessions with one that goes', async () => {
    const { by, other, id } = await signedIn();
    await host.Members.update({ passwordHash: PASSWORD_HASH }, { where: { id } });
    expect(await remove(by, '/own/password')).to.deep.equal([200, 'done']);
    expect((await host.Members.findByPk(id))?.passwordHash).to.equal(null);
    expect((await other.setting()).json?.code).to.equal(401);
    expect(await remove(by, '/own/password'), 'there is none any more').to.deep.equal([400, NO_PASSWORD]);
    await host.Members.update({ passwordHash: PASSWORD_HASH }, { where: { id } });
    expect(await remove(by, '/own/links/oidc')).to.deep.equal([200, 'done']);
    expect(await remove(by, '/own/password')).to.deep.equal([400, LAST]);
    expect(PASSWORD).to.be.a('string');
  });

  it('asks again under the lock: a password that went after the permit was given is not removed once more', async () => {
    const { by, other, id } = await signedIn();
    await host.Members.update({ passwordHash: PASSWORD_HASH }, { where: { id } });
    meanwhile = () => host.Members.update({ passwordHash: null }, { where: { id } });
    try {
      expect((await remove(by, '/own/password'))[1]).to.equal(NO_PASSWORD);
    } finally {
      meanwhile = async () => undefined;
    }
    expect((await other.setting()).json?.code, 'nothing was removed, and no session ends').to.equal(0);
  });

  it("refuses the last way in of the host's own, and takes back a change that takes more than was asked for", async () => {
    const { by, id } = await signedIn();
    const [one, two] = [await addPasskey(id), await addPasskey(id)];
    expect(await remove(by, '/own/links/oidc')).to.deep.equal([200, 'done']);
    expect(await remove(by, `/own/passkeys/${one}`)).to.deep.equal([200, 'done']);
    expect(await remove(by, `/own/passkeys/${two}`)).to.deep.equal([400, LAST]);
    expect(await host.sequelize.models.Passkey?.count({ where: { memberId: id } })).to.equal(1);
  });

  it('asks again under the lock: of two that are asked for at once one stays', async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      const { by, id } = await signedIn();
      const passkey = await addPasskey(id);
      const answers = await Promise.all([remove(by, '/own/links/oidc'), remove(by, `/own/passkeys/${passkey}`)]);
      const left = (await host.linked(id)).length + Number(await host.sequelize.models.Passkey?.count({ where: { memberId: id } }));
      expect([left, answers.filter(([status]) => status === 200).length]).to.deep.equal([1, 1]);
    }
  });

  it('is missed where a host forgets it, or mixes up what the permit is for: nothing is removed', async () => {
    const { by, id } = await signedIn();
    await by.link('google', scene.google, person());
    const [status, said] = await remove(by, '/unguarded/oidc');
    expect([status, said]).to.deep.equal([500, 'The anti-lockout middleware must stand before this handler']);
    expect((await remove(by, '/mixed/oidc'))[0]).to.equal(500);
    expect((await remove(by, '/mixed-up/oidc'))[0]).to.equal(500);
    expect((await remove(by, '/forgetful/oidc'))[0]).to.equal(401);
    expect(await host.linked(id)).to.have.members(['oidc', 'google']);
  });

  it('does not compile without it', () => {
    const forgetful = async () => {
      // @ts-expect-error a permit is no object that anybody can write
      await host.keys.links.unlink({ userId: '1', removing: { kind: 'link', provider: 'oidc' } });
      // @ts-expect-error nor is an id one
      await host.keys.links.removePassword('1');
      // @ts-expect-error what is asked for has a kind
      host.keys.antiLockout(() => ({ provider: 'oidc' }));
    };
    const sound = async (permit: Permit) => await host.keys.links.unlink(permit);
    expect([forgetful, sound]).to.have.length(2);
  });
});

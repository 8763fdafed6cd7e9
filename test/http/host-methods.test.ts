// A `signInMethods` of the host that does not answer: nothing is removed on its word, and nothing else fails for it.

import { expect } from 'chai';
import { DataTypes, QueryTypes, type Transaction } from 'sequelize';
import { type HostSignInMethods, LatchkeyError } from '../../lib/index.js';
import { ApiClient } from '../support/client.js';
import { hostScene } from '../support/host-scene.js';
import type { HttpAnswer } from '../support/http-request.js';
import { PASSWORD_HASH } from '../support/passwords.js';
import { person } from '../support/person.js';
import { databases, describeOn } from '../support/services.js';
import { openTestHost, type TestHost } from '../support/test-host.js';

const codeOf = ({ json }: HttpAnswer): unknown => json?.code;
const LAST_WAY_IN = 40084;

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => (error instanceof LatchkeyError ? error.code : error),
  );

describeOn(databases, 'A host that cannot say which ways in it has', (kind) => {
  const scene = hostScene();
  let host: TestHost;
  let answer: HostSignInMethods;
  let errors: string[];
  const sound: HostSignInMethods = async (userId, { transaction }) => {
    const found = await host.sequelize.models.Passkey?.findAll({ where: { memberId: userId }, transaction: transaction ?? null });
    return (found ?? []).map((passkey) => Number(passkey.get('id')));
  };

  const broken: Readonly<Record<string, HostSignInMethods>> = {
    throws: () => {
      throw new Error('the own mistake of the host');
    },
    rejects: async () => Promise.reject(new TypeError('the own mistake of the host')),
    'throws no error': () => {
      throw undefined;
    },
    'never answers': () => new Promise(() => undefined),
    'fails in the database': async (_userId, { transaction }) => {
      await host.sequelize.query('SELECT nothing FROM nowhere', { transaction: transaction ?? null });
      return [];
    },
    ...Object.fromEntries(
      Object.entries({
        nothing: undefined,
        null: null,
        'a text': 'passkey-1',
        'a number': 1,
        'an object': { length: 1, 0: 'passkey-1' },
        'a set': new Set(['passkey-1']),
        'an empty text': ['passkey-1', ''],
        'no number': [Number.NaN],
        objects: [{ id: 'passkey-1' }],
        'a hole': new Array(1),
      }).map(([title, value]) => [`answers ${title}`, () => value as never]),
    ),
  };

  before(async function () {
    this.timeout(60_000);
    errors = [];
    answer = sound;
    const quiet = () => undefined;
    host = await scene.closing(
      openTestHost({
        providers: scene,
        database: kind,
        async defined(members) {
          const passkeys = members.sequelize?.define(
            'Passkey',
            { memberId: DataTypes.INTEGER },
            { tableName: 'passkeys', timestamps: false },
          );
          await passkeys?.sync();
        },
        plugin: {
          signInMethods: (userId, options) => answer(userId, options),
          logger: { info: quiet, warn: quiet, error: (_facts, text) => void errors.push(text) },
          mail: { transport: { send: async () => undefined, close: quiet }, from: 'club@example.test' },
          currentUser: (req) => req.get('x-session-of'),
        },
      }),
    );
  });

  beforeEach(() => {
    answer = sound;
    errors.length = 0;
  });

  const addPasskey = (memberId: number | string, transaction?: Transaction) =>
    host.sequelize.models.Passkey?.create({ memberId }, { transaction: transaction ?? null });

  async function notices(): Promise<readonly string[]> {
    const rows = await host.sequelize.query<{ message: string }>('SELECT message FROM outbox_messages ORDER BY created_at', {
      type: QueryTypes.SELECT,
    });
    return rows.map(({ message }) => String(JSON.parse(message).template));
  }

  for (const [title, how] of Object.entries(broken))
    it(`lets people sign in, link and look all the same, and removes nothing on its word, when it ${title}`, async () => {
      const who = person();
      const by = await new ApiClient(host.base).signIn('oidc', scene.oidc, who);
      const id = Number((await host.Members.findOne({ where: { email: who.email } }))?.id);
      await addPasskey(id);

      answer = how;
      await new ApiClient(host.base).signIn('oidc', scene.oidc, who);
      await by.link('google', scene.google, person());
      const page = await host.browser().call('GET', '/account/connections', undefined, { headers: { 'x-session-of': String(id) } });
      expect(page.status).to.equal(200);
      expect(codeOf(await by.unlink('google')), 'another link is left').to.equal(0);
      errors.length = 0;
      expect(codeOf(await by.unlink('oidc')), 'nothing else that is sure').to.equal(LAST_WAY_IN);
      expect(errors).to.include('signInMethods gave no valid answer');
      expect(await failureOf(host.keys.links.unlink(id, 'oidc'))).to.equal('only_sign_in_method');

      answer = sound;
      expect(codeOf(await by.unlink('oidc')), 'it can say so again').to.equal(0);
      expect(errors.length > 0).to.equal(true);
    }).timeout(90_000);

  it('still has passwords, which count whatever became of the transaction that it asked in', async () => {
    for (const [title, how] of Object.entries(broken)) {
      const who = person();
      answer = sound;
      const by = await new ApiClient(host.base).signIn('oidc', scene.oidc, who);
      await host.Members.update({ passwordHash: PASSWORD_HASH }, { where: { email: who.email } });
      answer = how;
      expect(codeOf(await by.unlink('oidc')), title).to.equal(0);
    }
  }).timeout(90_000);

  it('tells nobody of ways in that came or went while it could not say, and lets none go', async () => {
    const id = await host.newMember(null);
    const passkey = await addPasskey(id);
    await addPasskey(id);
    const before = await notices();
    const rename = (transaction: Transaction) => host.Members.update({ plan: 'silver' }, { where: { id }, transaction });

    let calls = 0;
    const failing = (...which: readonly number[]): HostSignInMethods => {
      calls = 0;
      return (userId, options) => {
        calls += 1;
        if (which.includes(calls)) throw new Error('the own mistake of the host');
        return sound(userId, options);
      };
    };
    for (const [title, how, expected] of [
      ['before the change', failing(1), undefined],
      ['after the change', failing(2), 'only_sign_in_method'],
      ['at all', failing(1, 2), 'only_sign_in_method'],
    ] as const) {
      answer = how;
      calls = 0;
      expect(await failureOf(host.keys.links.guard(id, rename)), title).to.equal(expected);
    }
    answer = failing(1);
    const goes = host.keys.links.guard(id, async (transaction) => passkey?.destroy({ transaction }));
    expect(await failureOf(goes), 'one of two').to.equal(undefined);
    expect(await notices()).to.deep.equal(before);

    answer = sound;
    const last = host.keys.links.guard(id, async (transaction) => {
      await host.sequelize.models.Passkey?.destroy({ where: { memberId: id }, transaction });
    });
    expect(await failureOf(last)).to.equal('only_sign_in_method');
  });

  it('may answer with numbers, and with none at all', async () => {
    const id = await host.newMember(null);
    answer = () => [7];
    expect(await failureOf(host.keys.links.guard(id, async () => undefined))).to.equal(undefined);
    answer = () => [];
    expect(await failureOf(host.keys.links.guard(id, async () => undefined))).to.equal(undefined);
    expect(errors).to.deep.equal([]);
  });
});

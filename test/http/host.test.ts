// The plugin in somebody else's app: members, ids, sessions, routes and a database that were there before.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { expect } from 'chai';
import express, { type ErrorRequestHandler, type Express, type Request } from 'express';
import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type ModelStatic,
  QueryTypes,
  Sequelize,
} from 'sequelize';
import { argon2Hasher } from '../../lib/accounts/password-hasher.js';
import {
  type FailureCode,
  type Latchkey,
  LatchkeyError,
  type LatchkeyOptions,
  type LinkChange,
  latchkey,
  sqliteDriver,
} from '../../lib/index.js';
import { revertMigrations } from '../../models/migrate.js';
import { MIGRATIONS } from '../../models/migrations/index.js';
import { ApiClient, BrowserClient } from '../support/client.js';
import type { HttpAnswer, Json } from '../support/http-request.js';
import { FREE } from '../support/no-limits.js';
import { type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.js';
import { PASSWORD_HASH } from '../support/passwords.js';
import { type Person, person } from '../support/person.js';
import { createDatabase, type DatabaseKind, databases, describeOn, type TestDatabase } from '../support/services.js';
import { OUR_TABLES } from '../support/tables.js';

type Ids = 'integer' | 'uuid';
type MemberId = string | number;

/** The host's own model, with names of its own for everything. */
class Member extends Model<InferAttributes<Member>, InferCreationAttributes<Member>> {
  declare memberId: CreationOptional<MemberId>;
  declare mail: string | null;
  declare mailProven: CreationOptional<boolean>;
  declare pwHash: string | null;
  declare fullName: string;
  declare plan: string;
  declare state: CreationOptional<string>;
  declare joinedAt: CreationOptional<Date>;
}

interface HostDatabase {
  readonly sequelize: Sequelize;
  readonly Member: ModelStatic<Member>;
}

/** As a host opens it, not as the standalone server does. */
function connect(kind: DatabaseKind, { url }: TestDatabase, options: object = {}): Sequelize {
  if (kind === 'sqlite') {
    const storage = url.slice('sqlite:'.length);
    return new Sequelize({ dialect: 'sqlite', storage, dialectModule: sqliteDriver, logging: false, ...options });
  }
  return new Sequelize(url.replace(/^mariadb:/, 'mysql:'), {
    dialect: kind === 'mariadb' ? 'mysql' : 'postgres',
    logging: false,
    ...options,
  });
}

const ID_TYPES = {
  integer: { type: DataTypes.INTEGER, autoIncrement: true },
  uuid: { type: DataTypes.UUID, defaultValue: DataTypes.UUIDV4 },
} as const;

async function withMembers(sequelize: Sequelize, ids: Ids = 'integer', { paranoid = false, pwHash = {} } = {}): Promise<HostDatabase> {
  const model = class extends Member {};
  model.init(
    {
      memberId: { ...ID_TYPES[ids], primaryKey: true, field: 'member_id' },
      mail: { type: DataTypes.STRING(254), unique: true },
      mailProven: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: false, field: 'mail_proven' },
      pwHash: { type: DataTypes.STRING(255), field: 'pw_hash', ...pwHash },
      fullName: { type: DataTypes.STRING(255), allowNull: false, field: 'full_name' },
      plan: { type: DataTypes.STRING(20), allowNull: false },
      state: { type: DataTypes.STRING(20), allowNull: false, defaultValue: 'active' },
      joinedAt: { type: DataTypes.DATE, allowNull: false, defaultValue: DataTypes.NOW, field: 'joined_at' },
    },
    { sequelize, modelName: 'Member', tableName: 'users', timestamps: paranoid, paranoid },
  );
  await model.sync();
  return { sequelize, Member: model };
}

const mapping = (model: ModelStatic<Member>) =>
  ({
    model,
    email: 'mail',
    emailVerified: 'mailProven',
    passwordHash: 'pwHash',
    nickname: 'fullName',
    status: 'state',
    createdAt: 'joinedAt',
    defaults: () => ({ plan: 'free' }),
  }) as const;

let oidc: OpenIdProvider;
let google: OpenIdProvider;

const NO_LIMITS = { unlink: FREE, refresh: FREE, password: FREE, prepare: FREE, finish: FREE };

interface Host {
  readonly base: string;
  readonly keys: Latchkey;
  /** No longer served; the database is the caller's. */
  close(): Promise<void>;
}

interface HostOptions {
  readonly plugin: Pick<LatchkeyOptions, 'sequelize'> & Partial<LatchkeyOptions>;
  /** Stands before the plugin. */
  readonly before?: (app: Express) => void;
  /** Stands behind the plugin, before the host's own 404. */
  readonly behind?: (app: Express, keys: Latchkey) => void;
}

const SESSION_HEADER = 'x-session-of';

/** The host's session is a header here: what matters is the `req.user` it leads to. */
function ownSessions(app: Express): void {
  app.use((req, _res, next) => {
    const memberId = req.get(SESSION_HEADER);
    if (memberId !== undefined) (req as { user?: unknown }).user = { memberId };
    next();
  });
}

const ownFailure: ErrorRequestHandler = (error: { status?: number; message: string }, _req, res, _next) => {
  res.status(error.status ?? 500).json({ oops: error.message });
};

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('Not a TCP address');
  return `http://127.0.0.1:${address.port}`;
}

async function openHost({ plugin, before: first, behind }: HostOptions): Promise<Host> {
  const server = createServer();
  const base = await listening(server);
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  const client = { clientId: oidc.clientId, clientSecret: oidc.clientSecret };
  try {
    const keys = await latchkey({
      baseUrl: base,
      secret: 'a-secret-for-tests-that-is-long-enough-0123456789',
      rateLimits: NO_LIMITS,
      providers: { oidc: { issuer: oidc.issuer, ...client }, google: { issuer: google.issuer, ...client } },
      ...plugin,
    });
    const app = express();
    ownSessions(app);
    first?.(app);
    app.use(keys.router);
    behind?.(app, keys);
    app.use((_req, res) => void res.status(404).send('Nothing here'));
    app.use(ownFailure);
    server.on('request', app);
    return {
      base,
      keys,
      async close() {
        await keys.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The browser of a member whom the host's own session has signed in. */
class MemberBrowser extends BrowserClient {
  readonly id: MemberId;

  constructor(base: string, id: MemberId) {
    super(base);
    this.id = id;
  }

  override call(method: string, path: string, body?: unknown, { headers = {} }: { headers?: Record<string, string> } = {}) {
    return super.call(method, path, body, { headers: { [SESSION_HEADER]: String(this.id), ...headers } });
  }

  async linkTo(provider: number | string, at: OpenIdProvider, who: Person = person()): Promise<Json | undefined> {
    const prepared = await this.call('PUT', '/session/openid', { provider, linking: true });
    const { code, state } = await at.approve(String(prepared.json?.data), who);
    return (await this.call('POST', '/session/openid', { code, session_id: state, provider_id: provider })).json;
  }
}

/** The failure's code, or what else was thrown; undefined when nothing was. */
async function failureOf(work: Promise<unknown>): Promise<FailureCode | unknown> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return error instanceof LatchkeyError ? error.code : error;
  }
}

const codeOf = ({ json }: HttpAnswer): unknown => json?.code;
const idOf = (member: Member): MemberId => member.memberId;
const providersOf = async ({ keys }: Host, id: MemberId) => (await keys.links.list(id)).map(({ provider }) => provider);

/** Names of all tables, in alphabetical order. */
async function tablesOf(sequelize: Sequelize): Promise<readonly string[]> {
  const tables: unknown[] = await sequelize.getQueryInterface().showAllTables();
  return tables.map((table) => (typeof table === 'string' ? table : String((table as { tableName: string }).tableName))).sort();
}

async function openDatabaseOf(kind: DatabaseKind, options: object = {}) {
  const database = await createDatabase(kind);
  const sequelize = connect(kind, database, options);
  return {
    sequelize,
    database,
    async close() {
      await sequelize.close();
      await database.drop();
    },
  };
}

type OpenedDatabase = Awaited<ReturnType<typeof openDatabaseOf>>;

before('the providers of all hosts', async () => {
  [oidc, google] = await Promise.all([startOpenIdProvider(), startOpenIdProvider()]);
});

after(async () => {
  await Promise.all([oidc?.close(), google?.close()]);
});

describeOn(databases, 'A host with members of its own', (kind) => {
  for (const ids of ['integer', 'uuid'] as const) {
    describe(`whose ids are of type ${ids}`, () => {
      let opened: OpenedDatabase;
      let Members: ModelStatic<Member>;
      let Passkey: ModelStatic<Model>;
      let host: Host;
      let asked: boolean[];
      const events: { readonly name: string; readonly change: LinkChange; readonly seen: Promise<number> }[] = [];

      const newMember = (pwHash: string | null = PASSWORD_HASH) =>
        Members.create({ mail: person().email, pwHash, fullName: 'Ann', plan: 'gold', joinedAt: new Date('2001-02-03T04:05:06Z') });
      const nobody = () => (ids === 'uuid' ? randomUUID() : 123_456);

      before(async () => {
        opened = await openDatabaseOf(kind);
        const { sequelize, database } = opened;
        ({ Member: Members } = await withMembers(sequelize, ids));
        Passkey = sequelize.define('Passkey', { memberId: ID_TYPES[ids].type }, { tableName: 'passkeys', timestamps: false });
        await Passkey.sync();
        asked = [];
        host = await openHost({
          plugin: {
            sequelize,
            users: mapping(Members),
            async signInMethods(memberId, { transaction }) {
              asked.push(transaction !== undefined);
              const keys = await Passkey.findAll({ where: { memberId }, ...(transaction === undefined ? {} : { transaction }) });
              return keys.map((key) => `passkey-${String(key.get('id'))}`);
            },
          },
          behind(app, keys) {
            app.get('/private', keys.requireUser, (req: Request & { user?: unknown }, res) => void res.json(req.user));
          },
        });
        // Looks from a connection of its own: it sees what is committed.
        const onlooker = connect(kind, database);
        for (const name of ['linked', 'unlinked'] as const) {
          host.keys.on(name, (change) => {
            const seen = onlooker.query<{ n: number | string }>(
              'SELECT COUNT(*) AS n FROM social_links WHERE user_id = :userId AND provider = :provider',
              { type: QueryTypes.SELECT, replacements: { ...change } },
            );
            events.push({ name, change, seen: seen.then(([row]) => Number(row?.n)) });
          });
        }
        const { close } = opened;
        opened = {
          ...opened,
          async close() {
            await onlooker.close();
            await close();
          },
        };
      });

      after(async () => {
        await host?.close();
        await opened?.close();
      });

      it('gets a new member at the first sign-in, with everything its table demands', async () => {
        const who = person('newcomer');
        const client = await new ApiClient(host.base).signIn('oidc', oidc, who);
        const member = await Members.findOne({ where: { mail: who.email } });
        expect(member?.get()).to.include({ mailProven: true, fullName: who.name, pwHash: null, plan: 'free', state: 'active' });
        expect(Date.now() - Number(member?.joinedAt)).to.be.within(0, 60_000);
        expect(client.user).to.include({ email: who.email, nickname: who.name });
        expect(client.user?.id).to.not.equal(String(member?.memberId));

        const again = await new ApiClient(host.base).signIn('oidc', oidc, who);
        expect(again.user?.id).to.equal(client.user?.id);
        expect(await Members.count({ where: { fullName: who.name } })).to.equal(1);
        expect((await again.refresh()).json?.code).to.equal(0);
      });

      it('lets a member of its own session link, look and unlink', async () => {
        const member = await newMember();
        const browser = new MemberBrowser(host.base, idOf(member));
        expect((await browser.linkTo('google', google))?.code).to.equal(0);
        const setting = await browser.open('/user/setting');
        expect(setting.json?.data?.links).to.have.lengthOf(1);
        const [link] = await host.keys.links.list(idOf(member));
        expect(link).to.include({ userId: String(member.memberId), provider: 'google' });
        expect(Date.now() - Number(link?.linkedAt)).to.be.within(-1_000, 60_000);
        expect(codeOf(await browser.call('DELETE', '/session/openid/google'))).to.equal(0);
        expect(await providersOf(host, idOf(member))).to.deep.equal([]);
      });

      it('counts a password where it has one, and keeps the last link where not', async () => {
        const member = await newMember();
        await new MemberBrowser(host.base, idOf(member)).linkTo('google', google);
        await member.update({ pwHash: '' });
        expect(await failureOf(host.keys.links.unlink(idOf(member), 'google'))).to.equal('only_sign_in_method');
        expect(await failureOf(host.keys.links.unlink(idOf(member), 'oidc'))).to.equal('not_linked');
        await member.update({ pwHash: PASSWORD_HASH });
        expect(await failureOf(host.keys.links.unlink(idOf(member), 'google'))).to.equal(undefined);
      });

      it("takes back a change of the host's own that would leave nobody a way in", async () => {
        const member = await newMember();
        const change = () =>
          host.keys.links.guard(idOf(member), async (transaction) => {
            await member.update({ pwHash: null, plan: 'silver' }, { transaction });
            return 'done';
          });
        expect(await failureOf(change())).to.equal('only_sign_in_method');
        await member.reload();
        expect(member.get()).to.include({ pwHash: PASSWORD_HASH, plan: 'gold' });

        await new MemberBrowser(host.base, idOf(member)).linkTo(2, oidc);
        member.set({ pwHash: PASSWORD_HASH, plan: 'gold' });
        expect(await change()).to.equal('done');
        await member.reload();
        expect(member.get()).to.include({ pwHash: null, plan: 'silver' });
      });

      it("takes the host's change back when the host itself throws", async () => {
        const member = await newMember();
        const mistake = new RangeError('the own mistake of the host');
        const change = host.keys.links.guard(idOf(member), async (transaction) => {
          await member.update({ plan: 'silver' }, { transaction });
          throw mistake;
        });
        expect(await failureOf(change)).to.equal(mistake);
        expect((await member.reload()).plan).to.equal('gold');
      });

      it('counts passkeys as a way in, and asks for them inside the transaction', async () => {
        const member = await newMember(null);
        const passkey = await Passkey.create({ memberId: member.memberId });
        const browser = new MemberBrowser(host.base, idOf(member));
        await browser.linkTo('google', google);
        asked = [];
        expect(codeOf(await browser.call('DELETE', '/session/openid/google'))).to.equal(0);
        expect(asked, 'asked early, then under the lock').to.deep.equal([false, true]);

        // Only who asks inside the transaction sees that the passkey is gone there.
        const change = host.keys.links.guard(idOf(member), (transaction) => passkey.destroy({ transaction }));
        expect(await failureOf(change)).to.equal('only_sign_in_method');
        expect(await Passkey.count({ where: { memberId: member.memberId } })).to.equal(1);
      });

      it('leaves a way in, whichever of two changes at once comes first', async () => {
        for (let round = 0; round < 5; round += 1) {
          const member = await newMember();
          await new MemberBrowser(host.base, idOf(member)).linkTo('google', google);
          const outcomes = await Promise.all([
            failureOf(host.keys.links.unlink(idOf(member), 'google')),
            failureOf(
              host.keys.links.guard(idOf(member), (transaction) =>
                Members.update({ pwHash: null }, { where: { memberId: member.memberId }, transaction }),
              ),
            ),
          ]);
          expect(outcomes.filter((outcome) => outcome === undefined)).to.have.lengthOf(1);
          expect(outcomes).to.include('only_sign_in_method');
        }
      });

      it('hears of a link and of its end once they are committed', async () => {
        const member = await newMember();
        const who = person();
        events.length = 0;
        await new MemberBrowser(host.base, idOf(member)).linkTo('google', google, who);
        const seen = await events[0]?.seen;
        await host.keys.links.unlink(idOf(member), 'google');
        const change = { userId: String(member.memberId), provider: 'google', subject: who.sub };
        expect(events.map(({ name, change: told }) => [name, told])).to.deep.equal([
          ['linked', change],
          ['unlinked', change],
        ]);
        expect([seen, await events[1]?.seen], 'links that somebody else sees').to.deep.equal([1, 0]);
      });

      it('asks for a signed-in person on its own routes, by token or by its own session', async () => {
        const who = person();
        const client = await new ApiClient(host.base).signIn('oidc', oidc, who);
        const [member] = await Members.findAll({ where: { mail: who.email } });
        const byToken = await client.call('GET', '/private');
        const found = { id: String(member?.memberId), email: who.email, emailVerified: true, nickname: who.name };
        expect([byToken.status, byToken.json]).to.deep.equal([200, found]);
        const bySession = await new MemberBrowser(host.base, idOf(await newMember())).open('/private');
        expect(bySession.json).to.have.property('memberId');

        for (const authorization of [undefined, 'Bearer made-up', '']) {
          const refused = await new ApiClient(host.base).call('GET', '/private', undefined, {
            headers: authorization === undefined ? {} : { authorization },
          });
          expect([refused.status, refused.json], authorization).to.deep.equal([401, { oops: 'Login required' }]);
        }
        await Members.update({ state: 'manual_banned' }, { where: { mail: who.email } });
        expect((await client.call('GET', '/private')).status).to.equal(401);
      });

      it('is told whether the address of its member was ever proven', async () => {
        for (const [claimed, proven] of [
          [true, true],
          [false, false],
          ['true', false],
          [undefined, false],
        ] as const) {
          const who = { ...person(), email_verified: claimed as boolean };
          const client = await new ApiClient(host.base).signIn('oidc', oidc, who);
          const answers = [(await client.call('GET', '/private')).json, (await client.call('GET', '/auth/me')).json?.user];
          for (const user of answers) expect(user, String(claimed)).to.include({ email: who.email, emailVerified: proven });
        }
      });

      it('hears plainly that there is no such member', async () => {
        expect(await failureOf(host.keys.links.list(nobody()))).to.equal('unauthenticated');
        expect(await failureOf(host.keys.links.unlink(nobody(), 'google'))).to.equal('unauthenticated');
        expect(await failureOf(host.keys.links.guard(nobody(), async () => 'never'))).to.equal('unauthenticated');
        expect((await new MemberBrowser(host.base, nobody()).open('/user/setting')).json?.code).to.equal(401);
      });

      it('can lose a member and get the same person anew', async () => {
        const who = person();
        await new ApiClient(host.base).signIn('oidc', oidc, who);
        await Members.destroy({ where: { mail: who.email } });
        const client = await new ApiClient(host.base).signIn('oidc', oidc, who);
        expect(await client.linked()).to.deep.equal([2]);
        expect(await Members.count({ where: { mail: who.email } })).to.equal(1);
      });
    });
  }
});

async function countOf(sequelize: Sequelize, table: string): Promise<number> {
  const name = sequelize.getQueryInterface().quoteIdentifier(table);
  const [row] = await sequelize.query<{ n: number | string }>(`SELECT COUNT(*) AS n FROM ${name}`, { type: QueryTypes.SELECT });
  return Number(row?.n);
}

describeOn(databases, 'The database of a host', (kind) => {
  let opened: OpenedDatabase;
  let sequelize: Sequelize;
  const hosts: Host[] = [];

  async function host(options: HostOptions): Promise<Host> {
    const started = await openHost(options);
    hosts.push(started);
    return started;
  }

  beforeEach(async () => {
    opened = await openDatabaseOf(kind);
    sequelize = opened.sequelize;
  });

  afterEach(async () => {
    await Promise.all(hosts.splice(0).map((each) => each.close()));
    await opened?.close();
  });

  it('is migrated once, however many start on it at once while it is empty', async () => {
    const others = Array.from({ length: 3 }, () => connect(kind, opened.database));
    try {
      const started = await Promise.all([sequelize, sequelize, ...others].map((each) => host({ plugin: { sequelize: each } })));
      expect(await tablesOf(sequelize)).to.deep.equal(OUR_TABLES);
      expect([await countOf(sequelize, 'latchkey_migrations'), await countOf(sequelize, 'groups')]).to.deep.equal([MIGRATIONS.length, 2]);
      const who = person();
      for (const { base } of started) expect(await (await new ApiClient(base).signIn('oidc', oidc, who)).linked()).to.deep.equal([2]);
      expect(await countOf(sequelize, 'users')).to.equal(1);
    } finally {
      await Promise.all(hosts.splice(0).map((each) => each.close()));
      await Promise.all(others.map((each) => each.close()));
    }
  });

  it('can be rid of the plugin, and take it in again', async () => {
    const base = { sequelize, tablePrefix: '', userId: DataTypes.INTEGER, ownUsers: true };
    await host({ plugin: { sequelize } });
    for (let round = 0; round < 2; round += 1) {
      await revertMigrations(base);
      expect(await tablesOf(sequelize)).to.deep.equal(['latchkey_migrations']);
      await host({ plugin: { sequelize } });
      expect(await tablesOf(sequelize)).to.deep.equal(OUR_TABLES);
    }
    const [, , last] = hosts;
    expect(await (await new ApiClient(String(last?.base)).signIn('oidc', oidc, person())).linked()).to.deep.equal([2]);
  });

  it("keeps the host's own members when it is rid of the plugin", async () => {
    const { Member: Members } = await withMembers(sequelize, 'uuid');
    const { base } = await host({ plugin: { sequelize, users: mapping(Members) } });
    await new ApiClient(base).signIn('oidc', oidc, person());
    await revertMigrations({ sequelize, tablePrefix: '', userId: DataTypes.UUID, ownUsers: false });
    expect(await tablesOf(sequelize)).to.deep.equal(['latchkey_migrations', 'users']);
    expect(await Members.count()).to.equal(1);
  });

  it('is not touched when its `users` are not ours and no model was named', async () => {
    await withMembers(sequelize);
    const refusal = await failureOf(host({ plugin: { sequelize } }));
    expect(refusal)
      .to.be.instanceOf(TypeError)
      .with.property('message')
      .that.matches(/"users" exists and is not ours.*users: \{ model \}.*tablePrefix/);
    expect((await tablesOf(sequelize)).filter((table) => table !== 'latchkey_migrations')).to.deep.equal(['users']);
  });

  it('has room for the plugin beside tables of the same names, under a prefix', async () => {
    await withMembers(sequelize);
    const { base } = await host({ plugin: { sequelize, tablePrefix: 'lk_' } });
    const other = await host({ plugin: { sequelize, tablePrefix: 'lk2_' } });
    const prefixed = [...OUR_TABLES.map((table) => `lk_${table}`), ...OUR_TABLES.map((table) => `lk2_${table}`), 'users'].sort();
    expect(await tablesOf(sequelize)).to.deep.equal(prefixed);
    for (const each of [base, other.base]) {
      const client = await new ApiClient(each).signIn('oidc', oidc, person());
      await client.link('google', google, person());
      expect(codeOf(await client.unlink('oidc'))).to.equal(0);
    }
    expect(await Promise.all(['lk_users', 'lk2_users', 'users'].map((table) => countOf(sequelize, table)))).to.deep.equal([1, 1, 0]);
    await revertMigrations({ sequelize, tablePrefix: 'lk_', userId: DataTypes.INTEGER, ownUsers: true });
    expect(await tablesOf(sequelize)).to.deep.equal(
      [...OUR_TABLES.map((table) => `lk2_${table}`), 'lk_latchkey_migrations', 'users'].sort(),
    );
  });

  for (const table of ['groups', 'social_links', 'refresh_tokens', 'audit_events', 'flows']) {
    it(`keeps its own \`${table}\`, which are not taken for ours`, async () => {
      const Foreign = sequelize.define('Foreign', { note: DataTypes.STRING(20) }, { tableName: table, timestamps: false });
      await Foreign.sync();
      await Foreign.create({ note: "the host's" });
      expect(await failureOf(host({ plugin: { sequelize } })))
        .to.be.instanceOf(TypeError)
        .with.property('message')
        .that.matches(new RegExp(`"${table}" exists and is not ours.*tablePrefix`));
      await revertMigrations({ sequelize, tablePrefix: '', userId: DataTypes.INTEGER, ownUsers: true });
      expect((await Foreign.findOne())?.get()).to.include({ note: "the host's" });
    });
  }

  it('may have a pool of one connection', async () => {
    const narrow = connect(kind, opened.database, { pool: { max: 1, acquire: 3_000 } });
    try {
      const { base } = await host({ plugin: { sequelize: narrow } });
      const client = await new ApiClient(base).signIn('oidc', oidc, person());
      await client.link('google', google, person());
      expect(codeOf(await client.unlink('oidc'))).to.equal(0);
    } finally {
      await Promise.all(hosts.splice(0).map((each) => each.close()));
      await narrow.close();
    }
  });

  it("may be brought into line by the host's own sync, as hosts do in development", async () => {
    const { Member: Members } = await withMembers(sequelize);
    const { base } = await host({ plugin: { sequelize, users: mapping(Members) } });
    const who = person();
    const client = await new ApiClient(base).signIn('oidc', oidc, who);
    await sequelize.sync();
    await sequelize.sync({ alter: true });
    // On SQLite Sequelize alters a table by making it anew, and the sessions that hang on the links go with it.
    if (kind === 'sqlite') await client.signIn('oidc', oidc, who);
    await client.link('google', google, person());
    expect(await client.linked()).to.deep.equal([2, 'google']);
  });

  it('may have defaults of its own for every model', async () => {
    const styled = connect(kind, opened.database, {
      define: { underscored: true, paranoid: true, timestamps: true },
      timezone: kind === 'sqlite' ? '+00:00' : '+08:00',
    });
    try {
      const { base, keys } = await host({ plugin: { sequelize: styled } });
      const client = await new ApiClient(base).signIn('oidc', oidc, person());
      await client.link('google', google, person());
      expect(codeOf(await client.unlink('oidc'))).to.equal(0);
      expect(await client.linked()).to.deep.equal(['google']);
      const [link] = await keys.links.list(1);
      expect(Date.now() - Number(link?.linkedAt)).to.be.within(-1_000, 60_000);
    } finally {
      await Promise.all(hosts.splice(0).map((each) => each.close()));
      await styled.close();
    }
  });
});

describe('A host on a database that cannot keep the promise', () => {
  const secret = 'a-secret-for-tests-that-is-long-enough-0123456789';
  const start = (sequelize: Sequelize) => failureOf(latchkey({ sequelize, secret, baseUrl: 'http://127.0.0.1:3000' }));

  for (const [title, storage] of [
    ['SQLite in memory', { storage: ':memory:' }],
    ['SQLite without a file', {}],
    ['a shared SQLite in memory', { storage: 'file::memory:?cache=shared' }],
  ] as const) {
    it(`is told so: ${title}`, async () => {
      expect(await start(new Sequelize({ dialect: 'sqlite', dialectModule: sqliteDriver, logging: false, ...storage })))
        .to.be.instanceOf(TypeError)
        .with.property('message')
        .that.matches(/^sequelize: .*in memory.*use a file/);
    });
  }

  it('is told to use mysql for MariaDB', async () => {
    // The driver itself is not needed to be refused.
    const sequelize = new Sequelize({ dialect: 'mariadb', dialectModule: {}, logging: false });
    expect(await start(sequelize))
      .to.be.instanceOf(TypeError)
      .with.property('message')
      .that.matches(/^sequelize: .*"mysql" with mysql2 for MariaDB/);
  });

  for (const [title, plugin, message] of [
    ['no Sequelize', { sequelize: undefined }, /^sequelize: expected an instance/],
    [
      'something that is no Sequelize of this copy',
      { sequelize: { getDialect: () => 'sqlite' } },
      /^sequelize: expected an instance.*one copy/,
    ],
    ['users without a model', { users: { email: 'mail' } }, /^users: expected `model`/],
    ['a model of another Sequelize', { users: 'of another' }, /^users: expected `model`.*that is passed/],
    ['an attribute that the model has not', { users: 'with a slip' }, /^users: .*no attribute "adress"/],
  ] as const) {
    it(`is told so when it passes ${title}`, async () => {
      const own = await openDatabaseOf('sqlite');
      const other = await openDatabaseOf('sqlite');
      try {
        const users = {
          'of another': mapping((await withMembers(other.sequelize)).Member),
          'with a slip': { ...mapping((await withMembers(own.sequelize)).Member), email: 'adress' },
        };
        const given = 'users' in plugin && typeof plugin.users === 'string' ? { users: users[plugin.users] } : plugin;
        // A host in JavaScript has no compiler to tell it.
        const options = { baseUrl: 'http://127.0.0.1:3000', secret, sequelize: own.sequelize, ...given } as unknown as LatchkeyOptions;
        expect(await failureOf(latchkey(options)))
          .to.be.instanceOf(TypeError)
          .with.property('message')
          .that.matches(message);
      } finally {
        await Promise.all([own.close(), other.close()]);
      }
    });
  }
});

describe('The routes of a host', () => {
  let opened: OpenedDatabase;
  let Members: ModelStatic<Member>;
  const hosts: Host[] = [];

  async function host(plugin: Partial<LatchkeyOptions> = {}, more: Pick<HostOptions, 'before' | 'behind'> = {}): Promise<Host> {
    const started = await openHost({ plugin: { sequelize: opened.sequelize, users: mapping(Members), ...plugin }, ...more });
    hosts.push(started);
    return started;
  }

  const newMember = (mail = person().email) => Members.create({ mail, pwHash: PASSWORD_HASH, fullName: 'Ann', plan: 'gold' });

  before(async () => {
    opened = await openDatabaseOf('sqlite');
    ({ Member: Members } = await withMembers(opened.sequelize));
  });

  after(async () => {
    await Promise.all(hosts.map((each) => each.close()));
    await opened?.close();
  });

  describe('a change of a person', () => {
    let app: Host;
    let member: Member;
    let token: string | undefined;

    before(async () => {
      app = await host({ allowedOrigins: ['https://friend.test'] });
      const who = person();
      const client = await new ApiClient(app.base).signIn('oidc', oidc, who);
      token = client.token;
      [member] = (await Members.findAll({ where: { mail: who.email } })) as [Member];
      await member.update({ pwHash: PASSWORD_HASH });
    });

    const origins = {
      none: undefined,
      own: 'own',
      allowed: 'https://friend.test',
      foreign: 'https://elsewhere.test',
      opaque: 'null',
    } as const;
    const sites = ['same-origin', 'same-site', 'cross-site', 'none', undefined] as const;

    for (const site of sites) {
      for (const [which, origin] of Object.entries(origins)) {
        const ours = which === 'allowed' || (site === undefined ? which === 'own' : site === 'same-origin');
        const evidence = `Sec-Fetch-Site ${site ?? 'absent'}, ${which} origin`;
        const headersFor = (): Record<string, string> => ({
          ...(site === undefined ? {} : { 'sec-fetch-site': site }),
          ...(origin === undefined ? {} : { origin: origin === 'own' ? app.base : origin }),
        });
        const session = () => ({ [SESSION_HEADER]: String(member.memberId) });
        const unlink = (headers: Record<string, string>) =>
          new ApiClient(app.base).call('DELETE', '/session/openid/google', undefined, { headers: { ...headersFor(), ...headers } });

        it(`is ${ours ? 'heard' : 'refused'} by session alone: ${evidence}`, async () => {
          expect(codeOf(await unlink(session()))).to.equal(ours ? 40068 : 403);
        });

        it(`is heard by token: ${evidence}`, async () => {
          const authorization = `Bearer ${token}`;
          expect(codeOf(await unlink({ authorization }))).to.equal(40068);
          expect(codeOf(await unlink({ authorization, ...session() }))).to.equal(40068);
        });
      }
    }

    it('is refused in the other dialects, too, and leaves the link', async () => {
      await new MemberBrowser(app.base, idOf(member)).linkTo('google', google);
      const crossSite = { headers: { 'sec-fetch-site': 'cross-site', [SESSION_HEADER]: String(member.memberId) } };
      const stranger = new ApiClient(app.base);
      const biore = await stranger.call('DELETE', '/api/v1/auth/oauth/unlink/google', undefined, crossSite);
      expect([biore.status, biore.json?.error?.i18nKey]).to.deep.equal([403, 'auth.csrf']);
      const genauth = await stranger.call('POST', '/api/v3/unlink-extidp', { extIdpId: '0'.repeat(24) }, crossSite);
      expect(genauth.json?.statusCode).to.equal(403);
      const linking = await stranger.call('PUT', '/session/openid', { provider: 2, linking: true }, crossSite);
      expect(codeOf(linking)).to.equal(403);
      expect(await providersOf(app, idOf(member))).to.deep.equal(['oidc', 'google']);
    });
  });

  it("follow the Bearer token alone where the host's session comes with it", async () => {
    const app = await host(
      {},
      { behind: (routes, keys) => routes.get('/private', keys.requireUser, (req, res) => void res.json(req.user)) },
    );
    const [owner, other] = [await newMember(), await newMember()];
    const token = await new ApiClient(app.base).signIn('oidc', oidc, person());
    await token.link('google', google, person());
    await new MemberBrowser(app.base, idOf(other)).linkTo('google', google);
    expect(idOf(owner)).to.not.equal(idOf(other));

    const session = { headers: { [SESSION_HEADER]: String(other.memberId), 'sec-fetch-site': 'same-origin' } };
    expect(codeOf(await token.call('DELETE', '/session/openid/google', undefined, session))).to.equal(0);
    expect(await token.linked()).to.deep.equal([2]);
    expect(await providersOf(app, idOf(other))).to.deep.equal(['google']);

    const ended = await new ApiClient(app.base).signIn('oidc', oidc, person());
    expect(codeOf(await ended.call('DELETE', '/session/token', { refresh_token: ended.refreshToken }))).to.equal(0);
    expect(codeOf(await ended.call('DELETE', '/session/openid/google', undefined, session))).to.equal(401);
    expect((await ended.call('GET', '/private', undefined, session)).status).to.equal(401);
    expect(await providersOf(app, idOf(other))).to.deep.equal(['google']);
  });

  it("tell a handler behind requireUser of the token's person, not of the session's", async () => {
    const app = await host(
      {},
      { behind: (routes, keys) => routes.get('/private', keys.requireUser, (req, res) => void res.json(req.user)) },
    );
    const who = person();
    const client = await new ApiClient(app.base).signIn('oidc', oidc, who);
    const other = await newMember();
    const answer = await client.call('GET', '/private', undefined, { headers: { [SESSION_HEADER]: String(other.memberId) } });
    expect(answer.json).to.include({ email: who.email });
  });

  it('can have the plugin elsewhere', async () => {
    const paths = { cloudreve: ['/social', '/v2/social'], biore: ['/social/biore'], genauth: ['/social/genauth'] };
    const app = await host({ paths, localAccounts: true });
    const who = person();
    const client = new ApiClient(app.base);
    const prepared = await client.call('PUT', '/social/session/openid', { provider: 2 });
    const { code, state } = await oidc.approve(String(prepared.json?.data), who);
    const finished = await client.call('POST', '/v2/social/session/openid', { code, session_id: state, provider_id: 2 });
    client.token = String(finished.json?.data?.token?.access_token);
    const calls = [
      ['GET', '/user/setting', 200],
      ['GET', '/site/config/login', 200],
      ['DELETE', '/biore/auth/oauth/unlink/google', 400],
      ['GET', '/genauth/get-identities', 200],
    ] as const;
    for (const [method, path, status] of calls) expect((await client.call(method, `/social${path}`)).status, path).to.equal(status);
    const nowHost = [
      ['PUT', '/session/openid'],
      ['PUT', '/api/v4/session/openid'],
      ['GET', '/user/setting'],
      ['GET', '/site/config/login'],
      ['DELETE', '/api/v1/auth/oauth/unlink/google'],
      ['GET', '/api/v3/get-identities'],
    ] as const;
    for (const [method, path] of nowHost) expect((await client.call(method, path)).text, path).to.equal('Nothing here');
  });

  it('may read bodies before the plugin, or begin with a body that nobody read', async () => {
    const parsers: readonly ((routes: Express) => void)[] = [
      (routes) => routes.use(express.json({ limit: '1mb' }), express.urlencoded({ extended: true })),
      // What body-parser 1, of Express 4, leaves behind when it parses forms only.
      (routes) =>
        routes.use((req, _res, next) => {
          req.body = {};
          next();
        }),
    ];
    for (const [index, first] of parsers.entries()) {
      const app = await host({}, { before: first });
      const client = await new ApiClient(app.base).signIn('oidc', oidc, person());
      expect(await client.linked(), String(index)).to.deep.equal([2]);
    }
  });

  for (const [how, listener] of [
    ['throws', () => void JSON.parse('the own mistake of the host')],
    ['rejects', async () => await Promise.reject(new Error('the own mistake of the host'))],
  ] as const) {
    it(`do not fail a person because a listener of the host ${how}`, async () => {
      const told: string[] = [];
      const silent = () => undefined;
      const logger = { debug: silent, info: silent, warn: silent, error: (_facts: object, text: string) => void told.push(text) };
      const app = await host({ logger });
      const member = await newMember();
      app.keys.on('linked', listener);
      expect((await new MemberBrowser(app.base, idOf(member)).linkTo('google', google))?.code).to.equal(0);
      expect(told).to.have.length(1);
    });
  }

  it('know a member by an address that the host wrote with capitals, and give it to nobody else', async () => {
    const app = await host();
    const who = person('Ann');
    await newMember(who.email.replace('ann', 'Ann').replace('@e', '@E'));
    const back = await new ApiClient(app.base).visit('oidc', oidc, { ...who, email: who.email.toLowerCase() });
    expect(codeOf(await new ApiClient(app.base).finish('oidc', back))).to.equal(40032);
  });
});

describe('A host with a table that demands more', () => {
  let opened: OpenedDatabase;
  let app: Host | undefined;

  beforeEach(async () => {
    opened = await openDatabaseOf('sqlite');
  });

  afterEach(async () => {
    await app?.close();
    await opened?.close();
  });

  it('gets a new member also where a password may not be null', async () => {
    const { sequelize } = opened;
    const { Member: Members } = await withMembers(sequelize, 'integer', { pwHash: { allowNull: false } });
    const users = { ...mapping(Members), defaults: () => ({ plan: 'free', pwHash: '' }) };
    app = await openHost({ plugin: { sequelize, users, localAccounts: true } });
    const client = await new ApiClient(app.base).signIn('oidc', oidc, person());
    expect(codeOf(await client.unlink('oidc'))).to.equal(40084);
    await Members.update({ pwHash: await argon2Hasher.hash('correct horse') }, { where: {} });
    expect(codeOf(await client.call('PATCH', '/user/setting', { new_password: null, current_password: 'correct horse' }))).to.equal(0);
    expect((await Members.findOne())?.pwHash).to.equal('');
  });

  it('lets in nobody whom it has deleted softly', async () => {
    const { sequelize } = opened;
    const { Member: Members } = await withMembers(sequelize, 'integer', { paranoid: true });
    app = await openHost({ plugin: { sequelize, users: mapping(Members) } });
    const who = person();
    const client = await new ApiClient(app.base).signIn('oidc', oidc, who);
    await Members.destroy({ where: { mail: who.email } });
    expect(codeOf(await client.setting())).to.equal(40017);
    const back = await new ApiClient(app.base).visit('oidc', oidc, who);
    expect(codeOf(await new ApiClient(app.base).finish('oidc', back))).to.equal(40017);
    expect(codeOf(await client.refresh())).to.not.equal(0);
  });
});

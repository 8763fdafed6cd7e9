// Which notices a person gets when their ways in change, where these go, and that they commit with the change.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type ModelStatic,
  QueryTypes,
  Sequelize,
  type Transaction,
} from 'sequelize';
import { identityKey } from '../../lib/accounts/keys.js';
import type { MailMessage } from '../../lib/accounts/mail-message.js';
import { type Latchkey, LatchkeyError, latchkey, type Mail, sqliteDriver } from '../../lib/index.js';
import { keyBytes } from '../../models/binary-keys.js';
import type { ApiClient } from '../support/client.js';
import { OTHER_HASH, PASSWORD_HASH } from '../support/passwords.js';
import { type Person, person } from '../support/person.js';
import { createDatabase, type DatabaseKind, describeOn, type TestDatabase } from '../support/services.js';
import { openStage, type Stage } from '../support/stage.js';
import { PASSWORD } from './scenarios.js';

async function until<T>(what: string, found: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await pause(50)) {
    const value = await found();
    if (value !== undefined) return value;
  }
  throw new Error(`Waited in vain for ${what}`);
}

interface OutboxRow {
  readonly id: string;
  readonly message: string;
}

const OUTBOX = "SELECT id, message FROM outbox_messages WHERE kind = 'mail'";
const mailsOf = (rows: readonly OutboxRow[], nickname: string) =>
  rows
    .map(({ id, message }): { readonly id: string } & MailMessage => ({ id, ...JSON.parse(message) }))
    .filter(({ data }) => data.nickname === nickname);

describeOn(['sqlite'], 'Notices of a password', (kind) => {
  let stage: Stage;

  before(async () => {
    stage = await openStage({ database: kind });
  });
  after(() => stage.close());

  async function newcomer(): Promise<{ readonly by: ApiClient; readonly who: Person & { readonly name: string } }> {
    const who = person();
    return { by: await stage.client().signIn('google', stage.providers.google, who), who };
  }

  const mailsTo = async ({ name }: { readonly name: string }) => mailsOf(await stage.query<OutboxRow>(OUTBOX), name);

  function fileOf(id: string): Promise<string> {
    const folder = join(stage.servers[0]?.dataDir ?? '', 'mail');
    return until('the mail', async () => {
      const files = await readdir(folder).catch((): string[] => []);
      return files.includes(`${id}.eml`) ? readFile(join(folder, `${id}.eml`), 'utf8') : undefined;
    });
  }

  it('tell the first one as a new way in, every later one as a change, and its end', async () => {
    const { by, who } = await newcomer();
    await by.setPassword(PASSWORD);
    await by.setPassword('another one, just as long', PASSWORD);
    await by.removePassword('another one, just as long');
    const mails = await mailsTo(who);
    expect(mails.map(({ template, to }) => `${template} ${to}`)).to.have.members(
      ['password_set', 'password_changed', 'password_removed'].map((template) => `${template} ${who.email}`),
    );
    const first = mails.find(({ template }) => template === 'password_set');
    const day = new Intl.DateTimeFormat('en-US', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(first?.data.at ?? ''));
    const raw = await fileOf(first?.id ?? '');
    expect(raw).to.include(`\r\nSubject: Password added to your BIO.RE login on ${day}\r\n`);
    expect(raw).to.include(`\r\nTo: ${who.email}\r\n`).and.to.include('Content-Type: text/html').and.to.include('Content-Type: text/plain');
  });

  it('are of nothing when the password was refused', async () => {
    const { by, who } = await newcomer();
    await by.setPassword(PASSWORD);
    await by.setPassword('another one, just as long', 'not the one');
    await by.removePassword('not the one');
    expect((await mailsTo(who)).map(({ template }) => template)).to.deep.equal(['password_set']);
  });

  it('speak the language of the person', async () => {
    const { by, who } = await newcomer();
    await by.call('PATCH', '/user/setting', { language: 'zh-CN' });
    await by.setPassword(PASSWORD);
    const [mail] = await mailsTo(who);
    expect(mail?.language).to.equal('zh-CN');
    const raw = await fileOf(mail?.id ?? '');
    const html = raw.slice(raw.indexOf('Content-Type: text/html'));
    const text = /base64/.test(html)
      ? Buffer.from(html.split('\r\n\r\n')[1] ?? '', 'base64').toString()
      : decodeURIComponent(html.replaceAll('=\r\n', '').replace(/=([0-9A-F]{2})/g, '%$1'));
    expect(text).to.match(/您的 BIO\.RE 登录已于 \d{4}年\d{1,2}月\d{1,2}日 新增密码/);
  });

  it('go to nobody who has no address', async () => {
    const name = person().sub;
    const by = await stage.client().signIn('google', stage.providers.google, { sub: name, name });
    expect((await by.setPassword(PASSWORD)).json?.code).to.equal(0);
    expect(await mailsTo({ name })).to.deep.equal([]);
  });
});

class Member extends Model<InferAttributes<Member>, InferCreationAttributes<Member>> {
  declare id: CreationOptional<number>;
  declare email: string | null;
  declare pwHash: CreationOptional<string | null>;
  declare name: string;
  declare language: CreationOptional<string>;
}

function connect(kind: DatabaseKind, { url }: TestDatabase): Sequelize {
  if (kind === 'sqlite') {
    return new Sequelize({ dialect: 'sqlite', storage: url.slice('sqlite:'.length), dialectModule: sqliteDriver, logging: false });
  }
  return new Sequelize(url.replace(/^mariadb:/, 'mysql:'), { dialect: kind === 'mariadb' ? 'mysql' : 'postgres', logging: false });
}

describeOn(['sqlite'], "Notices of a host's own changes", (kind) => {
  let database: TestDatabase;
  let sequelize: Sequelize;
  let Members: ModelStatic<Member>;
  let Passkeys: ModelStatic<Model>;
  let keys: Latchkey;
  let silent: Latchkey;
  const sent: Mail[] = [];

  before(async () => {
    database = await createDatabase(kind);
    sequelize = connect(kind, database);
    Members = class extends Member {};
    Members.init(
      {
        id: { type: DataTypes.INTEGER, autoIncrement: true, primaryKey: true },
        email: DataTypes.STRING,
        pwHash: DataTypes.STRING,
        name: { type: DataTypes.STRING, allowNull: false },
        language: { type: DataTypes.STRING, allowNull: false, defaultValue: 'en-US' },
      },
      { sequelize, modelName: 'Member', tableName: 'members', timestamps: false },
    );
    Passkeys = sequelize.define('Passkey', { memberId: DataTypes.INTEGER }, { tableName: 'passkeys', timestamps: false });
    await sequelize.sync();
    const options = {
      sequelize,
      baseUrl: 'http://127.0.0.1:9',
      secret: 'a-secret-for-tests-that-is-long-enough-0123456789',
      providers: { google: { clientId: 'latchkey', clientSecret: 'secret' } },
      users: { model: Members, passwordHash: 'pwHash', nickname: 'name', language: 'language' },
      async signInMethods(memberId: string, { transaction }: { readonly transaction: Transaction | undefined }) {
        const found = await Passkeys.findAll({ where: { memberId }, transaction: transaction ?? null });
        return found.map((passkey) => `passkey-${String(passkey.get('id'))}`);
      },
    };
    const transport = { send: async (mail: Mail) => void sent.push(mail), close: () => undefined };
    keys = await latchkey({ ...options, mail: { transport, from: 'no-reply@biore.test' } });
    silent = await latchkey(options);
  });
  after(async () => {
    await Promise.all([keys?.close(), silent?.close()]);
    await sequelize?.close();
    await database?.drop();
  });

  function newMember(facts: Partial<{ email: string | null; pwHash: string | null; language: string }> = {}): Promise<Member> {
    const { sub, email } = person();
    return Members.create({ name: sub, email, pwHash: PASSWORD_HASH, ...facts });
  }

  const addPasskey = ({ id }: Member, transaction?: Transaction) => Passkeys.create({ memberId: id }, { transaction: transaction ?? null });

  async function noticesOf({ name }: Member): Promise<readonly string[]> {
    const mails = mailsOf(await sequelize.query<OutboxRow>(OUTBOX, { type: QueryTypes.SELECT }), name);
    return mails.map(({ template, to, data }) => [template, ...(data.provider === undefined ? [] : [data.provider]), to].join(' ')).sort();
  }

  it('tell of a passkey that was added and of one that went, and show no id of it', async () => {
    const ann = await newMember();
    const passkey = await keys.links.guard(ann.id, (transaction) => addPasskey(ann, transaction));
    expect(await noticesOf(ann)).to.deep.equal([`method_added ${ann.email}`]);
    const { subject, text, html } = await until('the mail', () => sent.find(({ to }) => to === ann.email));
    expect(subject).to.match(/^A sign-in method was added to your login to this app on \w+ \d+, \d{4}$/);
    expect(text + html).to.not.include('passkey');
    await keys.links.guard(ann.id, (transaction) => passkey.destroy({ transaction }));
    expect(await noticesOf(ann)).to.deep.equal([`method_added ${ann.email}`, `method_removed ${ann.email}`]);
  });

  it('tell once of several passkeys, and of one that took the place of another', async () => {
    const ann = await newMember();
    const [one] = await keys.links.guard(ann.id, async (transaction) => [
      await addPasskey(ann, transaction),
      await addPasskey(ann, transaction),
    ]);
    expect(await noticesOf(ann)).to.deep.equal([`method_added ${ann.email}`]);
    await keys.links.guard(ann.id, async (transaction) => {
      await one?.destroy({ transaction });
      await addPasskey(ann, transaction);
    });
    expect(await noticesOf(ann)).to.deep.equal([`method_added ${ann.email}`, `method_added ${ann.email}`, `method_removed ${ann.email}`]);
  });

  it('tell of a password and of links that the host changed itself', async () => {
    const ann = await newMember({ pwHash: null });
    await addPasskey(ann);
    for (const pwHash of [PASSWORD_HASH, OTHER_HASH, null]) {
      await keys.links.guard(ann.id, (transaction) => ann.update({ pwHash }, { transaction }));
    }
    const passwords = ['password_changed', 'password_removed', 'password_set'].map((template) => `${template} ${ann.email}`);
    expect(await noticesOf(ann)).to.deep.equal(passwords);

    const rows = sequelize.getQueryInterface();
    const identity = { provider: 'google', subject: ann.name };
    const row = { ...identity, user_id: String(ann.id), identity_hash: keyBytes(identityKey(identity)), linked_at: new Date() };
    await keys.links.guard(ann.id, (transaction) => rows.bulkInsert('social_links', [row], { transaction }));
    await keys.links.guard(ann.id, (transaction) => rows.bulkDelete('social_links', identity, { transaction }));
    expect(await noticesOf(ann)).to.deep.equal([`linked Google ${ann.email}`, ...passwords, `unlinked Google ${ann.email}`]);
  });

  it('go to the address before and to the one after, where they differ', async () => {
    const ann = await newMember();
    const [was, becomes] = [ann.email, person().email];
    await keys.links.guard(ann.id, async (transaction) => {
      await ann.update({ email: becomes }, { transaction });
      await addPasskey(ann, transaction);
    });
    expect(await noticesOf(ann)).to.have.members([`method_added ${was}`, `method_added ${becomes}`]);
  });

  it('take two spellings of an address for one', async () => {
    const ann = await newMember();
    const was = ann.email;
    await keys.links.guard(ann.id, async (transaction) => {
      await ann.update({ email: ` ${was?.toUpperCase()}` }, { transaction });
      await addPasskey(ann, transaction);
    });
    expect(await noticesOf(ann)).to.deep.equal([`method_added ${was}`]);
  });

  it('go to the one address that there is, and to nobody without any', async () => {
    const [gains, loses, none] = [await newMember({ email: null }), await newMember(), await newMember({ email: null })];
    const [was, becomes] = [loses.email, person().email];
    for (const [member, email] of [
      [gains, becomes],
      [loses, null],
      [none, null],
    ] as const) {
      await keys.links.guard(member.id, async (transaction) => {
        await member.update({ email }, { transaction });
        await addPasskey(member, transaction);
      });
    }
    expect(await noticesOf(gains)).to.deep.equal([`method_added ${becomes}`]);
    expect(await noticesOf(loses)).to.deep.equal([`method_added ${was}`]);
    expect(await noticesOf(none)).to.deep.equal([]);
  });

  it('speak the language of the member', async () => {
    const ann = await newMember({ language: 'zh_Hans_SG' });
    await keys.links.guard(ann.id, (transaction) => addPasskey(ann, transaction));
    const { subject } = await until('the mail', () => sent.find(({ to }) => to === ann.email));
    expect(subject).to.match(/^您的 本应用 登录已于 \d{4}年\d{1,2}月\d{1,2}日 新增一种登录方式$/);
  });

  it('are none when the change is taken back, by the guard or by the host', async () => {
    const ann = await newMember({ pwHash: null });
    const passkey = await addPasskey(ann);
    const locksOut = keys.links.guard(ann.id, (transaction) => passkey.destroy({ transaction }));
    expect(await locksOut.catch((error: unknown) => error)).to.be.instanceOf(LatchkeyError);
    const mistake = new RangeError('the own mistake of the host');
    const fails = keys.links.guard(ann.id, async (transaction) => {
      await addPasskey(ann, transaction);
      throw mistake;
    });
    expect(await fails.catch((error: unknown) => error)).to.equal(mistake);
    expect(await noticesOf(ann)).to.deep.equal([]);
  });

  it('undo the change when they cannot be written', async () => {
    const ann = await newMember();
    const rows = sequelize.getQueryInterface();
    await rows.renameTable('outbox_messages', 'outbox_away');
    const fails = keys.links.guard(ann.id, (transaction) => addPasskey(ann, transaction));
    const error: unknown = await fails.catch((thrown: unknown) => thrown);
    await rows.renameTable('outbox_away', 'outbox_messages');
    expect(error).to.be.instanceOf(Error);
    expect(await Passkeys.count({ where: { memberId: ann.id } })).to.equal(0);
  });

  it('are none when nothing of the ways in changed, or the member is gone', async () => {
    const ann = await newMember();
    await addPasskey(ann);
    await keys.links.guard(ann.id, (transaction) => ann.update({ language: 'zh-CN', email: person().email }, { transaction }));
    await keys.links.guard(ann.id, (transaction) => ann.destroy({ transaction }));
    expect(await noticesOf(ann)).to.deep.equal([]);
  });

  it('are one for each of several changes at once', async () => {
    const ann = await newMember();
    await Promise.all([1, 2, 3].map(() => keys.links.guard(ann.id, (transaction) => addPasskey(ann, transaction))));
    expect(await noticesOf(ann)).to.deep.equal(Array(3).fill(`method_added ${ann.email}`));
  });

  it('are none where the host sends no mail', async () => {
    const ann = await newMember();
    const passkey = await silent.links.guard(ann.id, (transaction) => addPasskey(ann, transaction));
    await silent.links.guard(ann.id, (transaction) => passkey.destroy({ transaction }));
    expect(await noticesOf(ann)).to.deep.equal([]);
  });
});

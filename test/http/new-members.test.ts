// A host's table that does not take a new member as the provider tells about them: what is decoration gives way, and what is not is
// the documented refusal, with the column's name in the log.

import { expect } from 'chai';
import { DataTypes, type Sequelize } from 'sequelize';
import type { HostUsers, Logger } from '../../lib/index.js';
import { ApiClient } from '../support/client.js';
import { type HostScene, hostScene } from '../support/host-scene.js';
import type { HttpAnswer } from '../support/http-request.js';
import { type Person, person } from '../support/person.js';
import { type QqEmulator, startQqEmulator } from '../support/qq-emulator.js';
import { type DatabaseKind, databases, describeOn } from '../support/services.js';
import { openTestHost, type TestHost, type TestHostOptions } from '../support/test-host.js';

const SERVERS: readonly DatabaseKind[] = ['mariadb', 'postgres'];
const REFUSED = 40031;
const TAKEN = 40032;
const NAME = { allowNull: false } as const;

interface Line {
  readonly msg: string;
  readonly detail?: string;
}

class Log implements Logger {
  readonly warnings: Line[] = [];
  readonly errors: Line[] = [];
  info() {}
  warn(line: object, msg: string) {
    this.warnings.push({ ...line, msg });
  }
  error(line: object, msg: string) {
    this.errors.push({ ...line, msg });
  }
}

type Shape = Pick<TestHostOptions, 'attributes' | 'modelOptions' | 'defined'> & { readonly users?: Partial<HostUsers> };

interface Club extends TestHost {
  readonly log: Log;
  /** Comes for the first time, and again; what the host has of them. */
  comes(who: Person): Promise<Record<string, unknown>>;
  finish(who: Person): Promise<HttpAnswer>;
  count(): Promise<number>;
}

async function openClub(scene: HostScene, database: DatabaseKind, shape: Shape): Promise<Club> {
  const log = new Log();
  const host = await scene.closing(openTestHost({ providers: scene, database, plugin: { logger: log }, ...shape }));
  const finish = async (who: Person) => {
    const client = new ApiClient(host.base);
    return client.finish('google', await client.visit('google', scene.google, who));
  };
  return {
    ...host,
    log,
    finish,
    count: () => host.Members.count(),
    async comes(who) {
      const first = await finish(who);
      expect(first.json?.code, `${first.text} ${JSON.stringify(log)}`).to.equal(0);
      const [member] = await host.Members.findAll({ order: [['id', 'DESC']], limit: 1, raw: true });
      const again = await finish(who);
      expect(again.json?.data?.user?.id, 'the same person').to.equal(first.json?.data?.user?.id);
      expect(log.errors).to.deep.equal([]);
      return member as unknown as Record<string, unknown>;
    },
  };
}

const ask = (sql: string) => (members: { readonly sequelize?: Sequelize }) => members.sequelize?.query(sql);

describeOn(databases, 'A new member whose name the table does not take', (kind) => {
  const scene = hostScene();
  const open = (shape: Shape) => openClub(scene, kind, shape);

  it('is told from another of the same name by a number', async () => {
    const club = await open({ attributes: { nickname: { type: DataTypes.STRING(60), ...NAME, unique: true } } });
    const names = [];
    for (let each = 0; each < 4; each += 1) names.push((await club.comes({ ...person(), name: 'Ann Lee' })).nickname);
    expect(names[0]).to.equal('Ann Lee');
    for (const name of names.slice(1)) expect(name).to.match(/^Ann Lee \d+$/);
  });

  it('is told from another also where the host makes a user name of the name itself', async () => {
    const club = await open({
      attributes: { username: { type: DataTypes.STRING(12), ...NAME } },
      modelOptions: { indexes: [{ unique: true, fields: ['username'], name: 'one_of_each' }] },
      users: { defaults: ({ nickname }) => ({ plan: 'free', username: nickname }) },
    });
    const names = [];
    for (let each = 0; each < 3; each += 1) names.push(String((await club.comes({ ...person(), name: 'maximilian12' })).username));
    expect(new Set(names.map((name) => name.toLowerCase())).size).to.equal(3);
    for (const name of names) expect(name.length).to.be.at.most(12);
  });

  it('has another name where two come at once', async () => {
    const club = await open({ attributes: { nickname: { type: DataTypes.STRING(60), ...NAME, unique: true } } });
    const answers = await Promise.all(Array.from({ length: 6 }, () => club.finish({ ...person(), name: 'Ann Lee' })));
    expect(answers.map(({ json }) => json?.code)).to.deep.equal([0, 0, 0, 0, 0, 0]);
  });

  it("gets one that the model's own rules take", async () => {
    const club = await open({
      attributes: { nickname: { type: DataTypes.STRING(60), ...NAME, validate: { is: /^[a-z][a-z0-9]{2,14}$/ } } },
    });
    expect((await club.comes({ ...person(), name: 'Zoë van der Berg-Ørsted' })).nickname).to.match(/^[a-z][a-z0-9]{2,14}$/);
    expect((await club.comes({ ...person(), name: '李' })).nickname).to.match(/^user\d+$/);
  });

  it("gets one that the table's own rule takes", async () => {
    const club = await open({
      defined: async (members) => {
        if (kind === 'sqlite') {
          const refuse = "BEGIN SELECT RAISE(ABORT, 'no such name') WHERE length(NEW.nickname) > 20; END";
          return await ask(`CREATE TRIGGER short_names BEFORE INSERT ON members ${refuse}`)(members);
        }
        return await ask('ALTER TABLE members ADD CONSTRAINT short CHECK (char_length(nickname) <= 20)')(members);
      },
    });
    expect(String((await club.comes({ ...person(), name: 'Wolfgang Amadeus von Mozart-Salieri' })).nickname)).to.match(/^Wolfgang/);
  });

  it('has the language left out that the host does not know', async () => {
    const club = await open({
      attributes: { language: { type: DataTypes.STRING(20), validate: { isIn: [['en', 'fr']] }, defaultValue: 'en' } },
      users: { language: 'language' },
    });
    const languageOf = async (locale?: string) => (await club.comes({ ...person(), ...(locale === undefined ? {} : { locale }) })).language;
    expect([await languageOf('fr-CA'), await languageOf('de-AT'), await languageOf()]).to.deep.equal(['fr', 'en', 'en']);
  });

  it('is refused where it is no name that the table does not take, and the log names the column', async () => {
    const club = await open({
      attributes: { badge: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 1, unique: true } },
    });
    await club.comes(person());
    const answer = await club.finish(person());
    expect([answer.status, answer.json?.code], answer.text).to.deep.equal([200, REFUSED]);
    expect(await club.count()).to.equal(1);
    expect(club.log.warnings.at(-1)?.detail).to.contain('"badge"');
  });

  it('is refused without an address that the table asks for', async () => {
    const club = await open({ attributes: { email: { type: DataTypes.STRING(254), allowNull: false } } });
    const { email: _none, ...nobody } = person();
    const answer = await club.finish(nobody);
    expect(answer.json?.code, `${answer.text} ${JSON.stringify(club.log)}`).to.equal(REFUSED);
    expect(answer.text).not.to.match(/email|members/i);
    expect(club.log.warnings.at(-1)).to.include({ code: 'sign_up_refused', provider: 'google' });
    expect(club.log.warnings.at(-1)?.detail).to.contain('"email" has no value');
    await club.comes(person());
  });
});

describeOn(SERVERS, 'A new member whose values a database server does not take', (kind) => {
  const scene = hostScene();
  const open = (shape: Shape) => openClub(scene, kind, shape);
  const alter = (column: string, type: string) =>
    ask(kind === 'mariadb' ? `ALTER TABLE members MODIFY ${column} ${type}` : `ALTER TABLE members ALTER ${column} TYPE ${type}`);

  it('has the name cut to what the model says', async () => {
    const club = await open({ attributes: { nickname: { type: DataTypes.STRING(10), ...NAME } } });
    expect((await club.comes({ ...person(), name: 'Johann Sebastian Bach' })).nickname).to.equal('Johann Seb');
    expect((await club.comes({ ...person(), name: 'Ann' })).nickname).to.equal('Ann');
  });

  it('has the name cut to what the table says, though the model says otherwise, and no letter is cut in two', async () => {
    const club = await open({ defined: alter('nickname', 'varchar(8)') });
    expect((await club.comes({ ...person(), name: 'abcdefg👩‍👩‍👧‍👦' })).nickname).to.equal('abcdefg');
    expect((await club.comes({ ...person(), name: 'Johann Sebastian Bach' })).nickname).to.equal('Johann S');
  });

  it("has the user name cut that the host makes of the name, and told from another's", async () => {
    const club = await open({
      attributes: { username: { type: DataTypes.STRING(15), ...NAME, unique: true } },
      users: { defaults: ({ nickname }) => ({ plan: 'free', username: nickname }) },
    });
    for (let each = 0; each < 3; each += 1) {
      expect(String((await club.comes({ ...person(), name: 'Johann Sebastian Bach' })).username)).to.match(/^Johann/);
    }
  });

  it('has the language left out that is no member of an enumeration, and keeps the name', async () => {
    const club = await open({
      attributes: { language: { type: DataTypes.ENUM('en', 'fr'), allowNull: true } },
      users: { language: 'language' },
    });
    const member = await club.comes({ ...person(), name: 'Zoë Lee', locale: 'de-AT' });
    expect([member.nickname, member.language]).to.deep.equal(['Zoë Lee', null]);
    expect((await club.comes({ ...person(), locale: 'fr-CA' })).language).to.equal('fr');
  });

  it("keeps the name where it is the language that a rule of the table's does not take", async () => {
    const club = await open({
      attributes: { language: { type: DataTypes.STRING(20), allowNull: true } },
      users: { language: 'language' },
      defined: ask("ALTER TABLE members ADD CONSTRAINT short_words CHECK (language IS NULL OR language IN ('en', 'fr'))"),
    });
    const member = await club.comes({ ...person(), name: 'Zoë Lee', locale: 'de-AT' });
    expect([member.nickname, member.language]).to.deep.equal(['Zoë Lee', null]);
  });

  it('is refused with an address that is too long, and the log names the column', async () => {
    const club = await open({ defined: alter('email', 'varchar(30)') });
    const answer = await club.finish({ ...person(), email: `${'a'.repeat(40)}@example.test` });
    expect(answer.json?.code, `${answer.text} ${JSON.stringify(club.log)}`).to.equal(REFUSED);
    expect(club.log.warnings.at(-1)?.detail).to.contain('"email" does not take a value that long');
    await club.comes({ ...person(), email: 'ann@example.test' });
  });
});

describeOn(['mariadb'], 'A new member at a table of few letters', (kind) => {
  const scene = hostScene();
  const inLetters = (set: string, column = 'nickname') => ask(`ALTER TABLE members MODIFY ${column} varchar(100) CHARACTER SET ${set}`);

  for (const [set, name, kept] of [
    ['utf8mb3', 'Ann 🎈 Lee', 'Ann Lee'],
    ['latin1', 'Zoë 李 Lee', 'Zoë Lee'],
    ['ascii', 'Zoë Lee', 'Zoe Lee'],
  ] as const) {
    it(`keeps what ${set} has of the name`, async () => {
      const club = await openClub(scene, kind, { defined: inLetters(set) });
      expect((await club.comes({ ...person(), name })).nickname).to.equal(kept);
      expect((await club.comes({ ...person(), name: '🎈李Ж' })).nickname)
        .to.be.a('string')
        .and.not.equal('');
    });
  }

  it('is refused with an address that the column cannot spell', async () => {
    const club = await openClub(scene, kind, { defined: inLetters('latin1', 'email') });
    const answer = await club.finish({ ...person(), email: '李@example.test' });
    expect(answer.json?.code, `${answer.text} ${JSON.stringify(club.log)}`).to.equal(REFUSED);
    expect(club.log.warnings.at(-1)?.detail).to.contain('"email"');
  });

  it("is told that another has the address where the table takes the two for one, and is never let into the other's account", async () => {
    const club = await openClub(scene, kind, {
      defined: ask('ALTER TABLE members MODIFY email varchar(100) COLLATE utf8mb4_general_ci'),
    });
    await club.comes({ ...person(), email: 'jose@example.test' });
    const answer = await club.finish({ ...person(), email: 'josé@example.test' });
    expect(answer.json?.code, answer.text).to.equal(TAKEN);
    expect(await club.count()).to.equal(1);
  });

  it("is refused where a database that is not strict would keep a part of the address, which may be another's", async () => {
    const club = await openClub(scene, kind, {
      defined: async (members) => {
        await ask('ALTER TABLE members MODIFY email varchar(16)')(members);
        members.sequelize?.addHook('afterConnect', async (connection) => {
          await new Promise((done) => (connection as { query(sql: string, done: unknown): void }).query("SET sql_mode = ''", done));
        });
        for (let each = 0; each < 5; each += 1) {
          await members.sequelize?.transaction(async (transaction) => await members.sequelize?.query("SET sql_mode = ''", { transaction }));
        }
      },
    });
    const answer = await club.finish({ ...person(), email: 'ann@example.test.elsewhere.test' });
    expect(answer.json?.code, `${answer.text} ${JSON.stringify(club.log)}`).to.equal(REFUSED);
    expect(await club.count()).to.equal(0);
  });
});

describeOn(['postgres'], 'A new member at a table with an index of its own', (kind) => {
  const scene = hostScene();

  it('is told that another has the address where the index is blind to accents', async () => {
    const club = await openClub(scene, kind, {
      attributes: { email: { type: DataTypes.STRING(254) } },
      defined: ask("CREATE UNIQUE INDEX one_mailbox ON members (translate(lower(email), 'é', 'e'))"),
    });
    await club.comes({ ...person(), email: 'jose@example.test' });
    const answer = await club.finish({ ...person(), email: 'josé@example.test' });
    expect(answer.json?.code, answer.text).to.equal(TAKEN);
    expect(await club.count()).to.equal(1);
  });

  it('is refused by a trigger of the table', async () => {
    const club = await openClub(scene, kind, {
      defined: async (members) => {
        await ask("CREATE FUNCTION no_more() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'the club is full'; END $$")(members);
        await ask('CREATE TRIGGER full_club BEFORE INSERT ON members FOR EACH ROW EXECUTE FUNCTION no_more()')(members);
      },
    });
    expect((await club.finish(person())).json?.code).to.equal(REFUSED);
  });
});

describe('A person from QQ, of whom no address is told', () => {
  const scene = hostScene();
  let qq: QqEmulator;
  before(async () => {
    qq = await startQqEmulator();
  });
  after(() => qq.close());

  const open = (log: Log, users: Partial<HostUsers>) => {
    const { clientId, clientSecret, endpoints } = qq;
    return scene.closing(
      openTestHost({
        providers: scene,
        users,
        attributes: { email: { type: DataTypes.STRING(254), allowNull: false } },
        plugin: { logger: log, providers: { qq: { clientId, clientSecret, endpoints } } },
      }),
    );
  };
  const finish = async ({ base }: TestHost) => {
    const client = new ApiClient(base);
    const { code = '', state = '' } = await qq.approve(String((await client.prepare('qq')).json?.data));
    return client.finish('qq', { code, state });
  };

  it('is refused by a table that asks for one, on a page, too', async () => {
    const log = new Log();
    const host = await open(log, {});
    expect((await finish(host)).json?.code).to.equal(REFUSED);
    expect(log.warnings.at(-1)?.detail).to.contain('"email" has no value');
    expect(log.warnings[0]?.msg, 'at start').to.contain('no address').and.to.contain('"email"');
    const browser = host.browser();
    const out = await browser.call('GET', '/auth/qq', undefined, { headers: { 'sec-fetch-site': 'same-origin' } });
    const { code = '', state = '' } = await qq.approve(String(out.headers.get('location')));
    const page = await browser.call('GET', `/callback/openid/1?${new URLSearchParams({ code, state })}`);
    expect([page.status, page.text.includes('No account can be made here')], page.text).to.deep.equal([422, true]);
    expect(await host.Members.count()).to.equal(0);
  });

  it('comes in where the host has something else to write there', async () => {
    const log = new Log();
    const host = await open(log, { defaults: { plan: 'free', email: 'nobody@club.invalid' } });
    expect((await finish(host)).json?.code).to.equal(0);
    expect(log.warnings).to.deep.equal([]);
  });
});

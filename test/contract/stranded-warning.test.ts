// A start looks at no user: who has no way in is counted beside the requests, once for all processes, and the log tells.

import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { type Latchkey, type LatchkeyOptions, latchkey } from '../../lib/index.js';
import { openDatabase } from '../../lib/server/database.js';
import { diagnose } from '../../lib/server/doctor.js';
import { databases, describeOn } from '../support/services.js';
import { openStorageStage, type StorageStage } from '../support/storage-stage.js';

/** Four slices of a thousand, the last one of fewer. */
const USERS = 3_500;
const SLICES = 4;
/** Every tenth has no link. */
const STRANDED = 350;

const PROVIDERS = {
  oidc: { issuer: 'http://127.0.0.1:9/a', clientId: 'latchkey', clientSecret: 'secret' },
  google: { clientId: 'latchkey', clientSecret: 'secret' },
};

/** 0 to 9, under a name. */
const digits = (name: string) => `(${Array.from({ length: 10 }, (_, n) => `SELECT ${n} AS n`).join(' UNION ALL ')}) ${name}`;

const FILL = {
  users: `INSERT INTO users (id, nickname, status, group_id, created_at, updated_at)
    SELECT i, 'Somebody', 'active', 2, '2026-01-01 00:00:00', '2026-01-01 00:00:00'
    FROM (SELECT 1 + a.n + 10 * b.n + 100 * c.n + 1000 * d.n AS i
      FROM ${['a', 'b', 'c', 'd'].map(digits).join(' CROSS JOIN ')}) numbers WHERE i <= ${USERS}`,
  links: (bytes: string) => `INSERT INTO social_links (user_id, provider, subject, namespace, identity_hash, linked_at, sign_ins)
    SELECT id, CASE WHEN id % 10 < 5 THEN 'google' ELSE 'oidc' END, id,
      CASE WHEN id % 10 < 5 THEN 'https://accounts.google.com' ELSE NULL END, ${bytes}, created_at, 0 FROM users WHERE id % 10 > 0`,
};

/** The id as a key: whose it is does not matter here. */
const BYTES = { sqlite: 'CAST(id AS BLOB)', mariadb: 'CAST(id AS CHAR)', postgres: 'CAST(CAST(id AS TEXT) AS BYTEA)' } as const;

/** Of our tables of people, whatever their quotes. */
const READS_PEOPLE = /\b(?:FROM|JOIN|UPDATE|INTO)\s+[`"]?(?:users|social_links)\b/i;
const LOOKS_AT_NONE = /WHERE 1 = 0 /;
const SLICE = /GROUP BY w\.provider/;

interface Started {
  readonly keys: Latchkey;
  /** Until `latchkey` resolved. */
  readonly first: readonly string[];
  readonly slices: () => number;
  readonly warnings: unknown[];
  close(): Promise<void>;
}

describeOn(databases, 'A start on a database with many users', (kind) => {
  let stage: StorageStage;
  const started: Started[] = [];
  before(async function () {
    this.timeout(30_000);
    stage = await openStorageStage(kind);
    await stage.run(FILL.users);
    await stage.run(FILL.links(BYTES[kind]));
  });
  beforeEach(() => stage.run('DELETE FROM stranded_counts'));
  afterEach(async () => {
    for (const each of started.splice(0)) await each.close();
  });
  after(() => stage.close());

  async function start(options: Partial<LatchkeyOptions> = {}): Promise<Started> {
    const statements: string[] = [];
    const warnings: unknown[] = [];
    const sequelize = openDatabase(stage.url, (sql) => statements.push(sql));
    const warn = (facts: object) => void ('stranded' in facts ? warnings.push(facts.stranded) : undefined);
    const keys = await latchkey({
      ...{ sequelize, providers: PROVIDERS, baseUrl: 'http://127.0.0.1:3000', secret: 's'.repeat(32) },
      ...{ logger: { info: () => undefined, warn, error: () => undefined }, ...options },
    });
    const first = [...statements];
    let isOpen = true;
    const result = {
      ...{ keys, first, warnings, slices: () => statements.filter((sql) => SLICE.test(sql) && !LOOKS_AT_NONE.test(sql)).length },
      async close() {
        if (!isOpen) return;
        isOpen = false;
        await keys.close();
        await sequelize.close();
      },
    };
    started.push(result);
    return result;
  }

  async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
    for (let tries = 0; !(await isSo()); tries += 1) {
      if (tries > 1_500) throw new Error(`It never came to be that ${what}`);
      await pause(20);
    }
  }
  const isTold = (server: Started) => until(() => server.warnings.length > 0, 'the log tells of stranded users');
  const remembered = async () =>
    (await stage.query<{ counted_to: string | null; locked_until: unknown; stranded: unknown }>('SELECT * FROM stranded_counts'))[0];

  it('looks at none of them before it is ready, and tells afterwards how many have no way in', async () => {
    const server = await start();
    expect(server.first.length).to.be.above(5);
    const looked = server.first.filter((sql) => READS_PEOPLE.test(sql) && !LOOKS_AT_NONE.test(sql));
    expect(looked).to.deep.equal([]);
    expect(server.warnings).to.deep.equal([]);
    await isTold(server);
    expect([server.warnings, server.slices()]).to.deep.equal([[STRANDED], SLICES]);
  }).timeout(60_000);

  it('tells the same at the next start without counting again, and counts anew when something else counts', async () => {
    const one = await start();
    await isTold(one);
    await one.close();
    const same = await start();
    await isTold(same);
    expect([same.warnings, same.slices()]).to.deep.equal([[STRANDED], 0]);
    const other = await start({ providers: { google: PROVIDERS.google, oidc: { ...PROVIDERS.oidc, enabled: false } } });
    await isTold(other);
    expect([other.warnings, other.slices()]).to.deep.equal([[STRANDED + USERS / 2], SLICES]);
  }).timeout(60_000);

  it('counts once for two processes, and both tell', async () => {
    const both = await Promise.all([start(), start()]);
    await Promise.all(both.map(isTold));
    expect(both.map(({ warnings }) => warnings)).to.deep.equal([[STRANDED], [STRANDED]]);
    expect(both.map(({ slices }) => slices()).sort()).to.deep.equal([0, SLICES]);
  }).timeout(60_000);

  it('stops in the middle when it is closed, and another goes on from there', async () => {
    const one = await start();
    await until(() => one.slices() > 0, 'the count begins');
    await one.close();
    const [row, counted] = [await remembered(), one.slices()];
    expect([counted, String(row?.counted_to), Number(row?.locked_until)]).to.deep.equal([counted, String(1_000 * counted), 0]);
    expect(counted).to.be.below(SLICES);
    const other = await start();
    await isTold(other);
    expect([other.warnings, other.slices()]).to.deep.equal([[STRANDED], SLICES - counted]);
  }).timeout(60_000);

  it('is told of by the doctor while it counts, and what each provider switched off would do', async () => {
    const { sequelize } = stage;
    const enabled = ['google', 'oidc'].map(
      (id) =>
        [id, { id, type: 'oidc', issuer: id === 'oidc' ? PROVIDERS.oidc.issuer : 'https://accounts.google.com', enabled: true }] as const,
    );
    const config = { passwordSignIn: true, providers: new Map(enabled) } as unknown as Parameters<typeof diagnose>[1];
    const told: number[] = [];
    const found = await diagnose({ sequelize }, config, (users) => told.push(users));
    expect(told).to.deep.equal([1_000, 2_000, 3_000]);
    expect([found.stranded, found.switchedOff]).to.deep.equal([STRANDED, { google: 1_400, oidc: 1_750 }]);
  });

  it('waits for the lease of one that was killed, and goes on from what it wrote down', async () => {
    await isTold(await start());
    const killed = `UPDATE stranded_counts SET finished_at = NULL, counted_to = '2000', stranded = 1000, locked_by = 'gone', locked_until = :until`;
    await stage.run(killed, { until: Date.now() + 60_000 });
    const server = await start();
    await pause(1_500);
    expect(server.slices(), 'while the lease runs').to.equal(0);
    await stage.run('UPDATE stranded_counts SET locked_until = :until', { until: Date.now() });
    await isTold(server);
    expect([server.warnings, server.slices()]).to.deep.equal([[1000 + 150], SLICES - 2]);
  }).timeout(60_000);
});

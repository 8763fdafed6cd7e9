// The process killed, asked to end, and started several times at once.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { QueryTypes, type Sequelize } from 'sequelize';
import { openDatabase } from '../../lib/server/database.js';
import { ApiClient } from '../support/client.js';
import { describeWithOwn, type FaultStage, type FaultUser, freshDatabase, linkedUser, openFaultStage } from '../support/fault-stage.js';
import { freePort } from '../support/free-port.js';
import { person } from '../support/person.js';
import { endWithRun, newFolder } from '../support/run-folder.js';
import type { Server } from '../support/server.js';
import type { Service } from '../support/service.js';
import { openWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.js';

const END_MS = 5_000;
/** So many unlink at once when the server is killed, each at another point of it. */
const CROWD = 15;
const KILLS = 3;

/** Once with a SQLite file, once with each database server. */
function onEveryDatabase(title: string, suite: (databaseUrl: () => Promise<string | undefined>) => void): void {
  describe(`${title} [sqlite]`, () => suite(async () => undefined));
  for (const kind of ['mariadb', 'postgres'] as const) {
    describeWithOwn(kind, title, (service: Service) => suite(() => freshDatabase(service)));
  }
}

/** What an unlink leaves behind: all of it or nothing. */
interface Traces {
  readonly id: string;
  readonly links: number;
  readonly audited: number;
  readonly mails: readonly string[];
}

async function tracesOf(database: Sequelize, { email }: FaultUser): Promise<Traces> {
  const replacements = { email, mail: `%${email}%` };
  const select = (sql: string) => database.query<Record<string, unknown>>(sql, { type: QueryTypes.SELECT, replacements });
  const [counts] = await select(`SELECT u.id,
    (SELECT COUNT(*) FROM social_links l WHERE l.user_id = u.id) AS links,
    (SELECT COUNT(*) FROM audit_events a WHERE a.user_id = u.id AND a.event = 'auth.oauth.unlink.success') AS audited
    FROM users u WHERE u.email = :email`);
  const mails = await select("SELECT id FROM outbox_messages WHERE message LIKE :mail AND message LIKE '%unlinked%'");
  return {
    id: String(counts?.id),
    links: Number(counts?.links),
    audited: Number(counts?.audited),
    mails: mails.map(({ id }) => String(id)),
  };
}

onEveryDatabase('When the server is killed while people unlink', (databaseUrl) => {
  let stage: FaultStage;
  let database: Sequelize;
  let receiver: WebhookReceiver;
  before(async function () {
    this.timeout(60_000);
    receiver = await openWebhookReceiver();
    const webhooks = [{ url: receiver.url, secret: `whsec_${randomBytes(32).toString('base64')}`, events: ['link.removed'] }];
    stage = await openFaultStage(await databaseUrl().then((url) => (url === undefined ? {} : { databaseUrl: url })), { webhooks });
    database = openDatabase(stage.options.databaseUrl ?? `sqlite:${join(String(stage.options.dataDir), 'latchkey.sqlite')}`);
  });
  after(async () => {
    receiver.close();
    await database.close();
    await stage.close();
  });

  /** Under which ids the endpoint was told of the removal, by user. */
  function toldOf(): ReadonlyMap<string, ReadonlySet<unknown>> {
    const ids = new Map<string, Set<unknown>>();
    for (const { headers, body } of receiver.deliveries) {
      const { userId } = JSON.parse(body).data;
      ids.set(userId, (ids.get(userId) ?? new Set()).add(headers['webhook-id']));
    }
    return ids;
  }

  it('each link is there untouched, or is gone with one audit row, one mail and one webhook, which the next process sends', async () => {
    let server = await stage.start();
    const mailed: string[] = [];
    const removedOf: string[] = [];
    let kept = 0;
    for (let round = 0; round < KILLS; round += 1) {
      // Whoever is being told when the process dies is told again.
      receiver.status = round === 0 ? undefined : 204;
      const users = await Promise.all(Array.from({ length: CROWD }, () => linkedUser(stage, server.base)));
      let served = 0;
      const asked = users.map(async (user) => {
        await pause(Math.random() * 30);
        const answer = await user.unlink('google').catch(() => undefined);
        served += 1;
        return answer?.json?.code as unknown;
      });
      const killAfter = Math.random() * CROWD * 0.7;
      while (served < killAfter || receiver.deliveries.length === 0) await pause(Math.random() * 3);
      await server.stop('SIGKILL');
      const told = await Promise.all(asked);
      server = await stage.start();
      for (const [index, user] of users.entries()) {
        const { id, links, audited, mails } = await tracesOf(database, user);
        expect({ links, audited, mails: mails.length }).to.deep.equal(
          links === 1 ? { links: 1, audited: 0, mails: 0 } : { links: 0, audited: 1, mails: 1 },
        );
        if (told[index] === 0) expect(links, 'a link that is said to be gone').to.equal(0);
        if (links === 0) removedOf.push(id);
        kept += links;
        mailed.push(...mails);
      }
    }
    expect(kept).to.be.above(0);
    expect(mailed).not.to.be.empty;
    // A killed process holds what it was sending until its lease is over; nobody wants to wait for that here.
    receiver.status = 204;
    await database.query('UPDATE outbox_messages SET locked_until = NULL, next_attempt_at = 0 WHERE sent_at IS NULL');
    const begun = performance.now();
    const missing = async () => {
      const files = await readdir(join(server.dataDir, 'mail'));
      return mailed.filter((id) => !files.includes(`${id}.eml`));
    };
    const untold = () => removedOf.filter((id) => !toldOf().has(id));
    while (((await missing()).length > 0 || untold().length > 0) && performance.now() - begun < 10_000) await pause(100);
    expect(await missing()).to.deep.equal([]);
    expect(untold()).to.deep.equal([]);
    expect([...toldOf().keys()]).to.have.members(removedOf);
    expect([...toldOf().values()].filter((ids) => ids.size > 1)).to.deep.equal([]);
    expect(receiver.deliveries.length, 'some are told again, under the same id').to.be.above(removedOf.length);
  }).timeout(120_000);
});

onEveryDatabase('When several processes start at once on an empty database', (databaseUrl) => {
  for (const processes of [2, 4]) {
    it(`all ${processes} serve, and the schema is made once`, async () => {
      const url = await databaseUrl();
      const stage = await openFaultStage(url === undefined ? {} : { databaseUrl: url });
      try {
        const servers = await Promise.all(Array.from({ length: processes }, () => stage.start()));
        const who = person();
        for (const { base } of servers) {
          expect((await fetch(`${base}/readyz`)).status).to.equal(200);
          await new ApiClient(base).signIn('google', stage.google, who);
        }
        const database = openDatabase(url ?? `sqlite:${join(String(stage.options.dataDir), 'latchkey.sqlite')}`);
        const count = async (table: string) => {
          const [row] = await database.query<{ n: unknown }>(`SELECT COUNT(*) AS n FROM ${table}`, { type: QueryTypes.SELECT });
          return Number(row?.n);
        };
        const steps = (await readdir(new URL('../../models/migrations', import.meta.url))).filter((file) => /^\d/.test(file));
        expect(await count('latchkey_migrations')).to.equal(steps.length);
        expect(await count('users')).to.equal(1);
        await database.close();
      } finally {
        await stage.close();
      }
    }).timeout(60_000);
  }
});

/** Whether anyone takes a new connection there. */
async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const accepted = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return accepted;
}

/** Ends what npm may have left behind. */
function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing was left.
  }
}

describe('When the server is asked to end', () => {
  let stage: FaultStage;
  before(async () => {
    stage = await openFaultStage();
  });
  after(() => stage.close());

  /** A finish that the provider keeps busy for `ms`. */
  async function slowFinish(server: Server, ms: number) {
    const client = new ApiClient(server.base);
    const back = await client.visit('google', stage.google, person());
    stage.google.bend.token = (honest) => pause(ms, honest, { ref: false });
    const asked = stage.google.count('/token');
    const finishing = client.finish('google', back);
    while (stage.google.count('/token') === asked) await pause(10);
    delete stage.google.bend.token;
    return { finishing };
  }

  it('it finishes what is under way, accepts nothing new, and ends with 0 in time', async () => {
    const server = await stage.start();
    const { finishing } = await slowFinish(server, 1_500);
    const begun = performance.now();
    const ended = server.stop('SIGTERM');
    while (await accepts(server.port)) await pause(20);
    expect((await finishing).json?.code).to.equal(0);
    expect(await ended).to.deep.equal({ code: 0, signal: null });
    expect(performance.now() - begun).to.be.below(END_MS);
  });

  it('it ends with 0 in time also when what is under way never ends', async () => {
    const server = await stage.start();
    const { finishing } = await slowFinish(server, 60_000);
    finishing.catch(() => undefined);
    const begun = performance.now();
    expect(await server.stop('SIGTERM')).to.deep.equal({ code: 0, signal: null });
    expect(performance.now() - begun).to.be.below(END_MS);
  });

  it('it ends with 0 in time while idle', async () => {
    const server = await stage.start();
    const begun = performance.now();
    await new ApiClient(server.base).signIn('google', stage.google, person());
    expect(await server.stop('SIGTERM')).to.deep.equal({ code: 0, signal: null });
    expect(performance.now() - begun).to.be.below(END_MS);
  });

  it('it ends the same way under npm start', async () => {
    const { PATH = '', HOME = '' } = process.env;
    const port = await freePort();
    const npm = spawn('npm', ['start'], {
      cwd: new URL('../../', import.meta.url),
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH, HOME, PORT: String(port), DATA_DIR: newFolder('npm-start') },
      detached: true,
    });
    endWithRun(npm, 'SIGTERM');
    try {
      let output = '';
      npm.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
      while (!output.includes('listening on http://')) await pause(50);
      // What it reads beside itself is found from there, too.
      const { info } = (await (await fetch(`http://127.0.0.1:${port}/openapi.json`)).json()) as { info: { version: string } };
      expect(info.version).to.match(/^\d+\.\d+\.\d+/);
      const begun = performance.now();
      const ended = once(npm, 'exit');
      npm.kill('SIGTERM');
      expect(await ended).to.deep.equal([0, null]);
      expect(performance.now() - begun).to.be.below(END_MS);
      expect(await accepts(port)).to.equal(false);
    } finally {
      endGroup(npm.pid);
    }
  });
});

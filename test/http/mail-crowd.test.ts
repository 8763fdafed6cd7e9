// Many notices at once: what hangs holds nobody up, what is refused for good is given up, and nothing goes out twice.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import type { Sequelize } from 'sequelize';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import { isPermanentRefusal } from '../../lib/mail/permanent-refusal.js';
import { startMailSender } from '../../lib/mail/sender.js';
import { smtpTransport } from '../../lib/mail/smtp-transport.js';
import type { OutboxWorker } from '../../lib/outbox/outbox-worker.js';
import { openStorage, type Storage } from '../../lib/plugin/storage.js';
import { openDatabase } from '../../lib/server/database.js';
import { newFolder } from '../support/run-folder.js';
import { mailTo } from '../support/stored-people.js';

type Answer = 'hang' | { readonly at: 'RCPT TO' | 'DATA'; readonly code: number; readonly text: string };

interface Line {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

const DAY_MS = 24 * 3600 * 1000;

describe('Many notices', () => {
  let sequelize: Sequelize;
  let storage: Storage;
  let server: SMTPServer;
  let url = '';
  let lines: Line[] = [];
  let received: string[] = [];
  let connections = 0;
  /** By recipient; who is not named is served at once. */
  const answers = new Map<string, Answer>();
  const endings: (() => unknown)[] = [];

  const refusal = (code: number, text: string) => Object.assign(new Error(text), { responseCode: code });

  function refusedAt(step: 'RCPT TO' | 'DATA', to: string): Error | undefined {
    const answer = answers.get(to);
    return answer !== undefined && answer !== 'hang' && answer.at === step ? refusal(answer.code, answer.text) : undefined;
  }

  before(async () => {
    sequelize = openDatabase(`sqlite:${join(newFolder('mails'), 'mails.sqlite')}`);
    storage = openStorage({ sequelize });
    await storage.migrate();
    server = new SMTPServer({
      disabledCommands: ['STARTTLS', 'AUTH'],
      closeTimeout: 50,
      onConnect(_session, callback) {
        connections += 1;
        callback();
      },
      onRcptTo({ address }, _session, callback) {
        if (answers.get(address) !== 'hang') callback(refusedAt('RCPT TO', address));
      },
      onData(stream, { envelope }: SMTPServerSession, callback) {
        const to = envelope.rcptTo[0]?.address ?? '';
        stream.resume().on('end', () => {
          const error = refusedAt('DATA', to);
          if (error === undefined) received.push(to);
          setTimeout(() => callback(error), 5);
        });
      },
    });
    server.on('error', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    url = `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
    await sequelize.query('DELETE FROM outbox_messages');
    await sequelize.query('DELETE FROM audit_events');
    [lines, received, connections] = [[], [], 0];
    answers.clear();
  });
  after(async () => {
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await sequelize.close();
  });

  function send(to = url): OutboxWorker {
    const line = (level: Line['level']) => (facts: object, message: string) => void lines.push({ level, message, facts: { ...facts } });
    const logger = { info: line('info'), warn: line('warn'), error: line('error') };
    const transport = smtpTransport(to);
    const started = startMailSender({ repository: storage.outbox.mail, transport, from: 'no-reply@biore.test', logger, pollMs: 50 });
    endings.push(
      () => started.close(),
      () => transport.close(),
    );
    return started;
  }

  async function put(...addresses: readonly string[]): Promise<void> {
    await storage.accounts.signIn(async (transaction) => {
      for (const to of addresses) await transaction.mail(mailTo(to));
    });
    // In the order they were put in.
    for (const [n, to] of addresses.entries())
      await sequelize.query('UPDATE outbox_messages SET next_attempt_at = next_attempt_at - 100000 + :n WHERE message LIKE :to', {
        replacements: { n, to: `%"${to}"%` },
      });
  }

  async function until(what: string, condition: () => boolean | Promise<boolean>, ms = 8_000): Promise<number> {
    const began = Date.now();
    for (; !(await condition()); await pause(20)) if (Date.now() - began > ms) throw new Error(`Timed out waiting until ${what}`);
    return Date.now() - began;
  }

  async function rows<Row>(sql: string): Promise<readonly Row[]> {
    const [found] = await sequelize.query(sql);
    return found as Row[];
  }

  const names = (count: number, toAddress: (n: number) => string) => Array.from({ length: count }, (_, n) => toAddress(n));
  const has = (all: readonly string[]) => () => all.every((to) => received.includes(to));

  for (const [where, hostOf] of [
    ['one host, which has the good ones, too', () => 'example.test'],
    ['a host each', (n: number) => `host-${n}.test`],
  ] as const)
    it(`eight recipients who hang hold nobody up: at ${where}`, async () => {
      const bad = names(8, (n) => `hangs-${n}@${hostOf(n)}`);
      const good = names(8, (n) => `good-${n}@${hostOf(n)}`);
      for (const to of bad) answers.set(to, 'hang');
      await put(...bad, ...good);
      send();
      expect(await until('the good ones have theirs', has(good))).to.be.below(5_000);
      expect(received).to.have.length(8);
    });

  it('forty recipients who hang at one host leave room for every other', async () => {
    const bad = names(40, (n) => `hangs-${n}@hangs.test`);
    const good = names(20, (n) => `good-${n}@host-${n}.test`);
    for (const to of bad) answers.set(to, 'hang');
    await put(...bad, ...good);
    send();
    await until('the good ones have theirs', has(good));
    expect(connections, 'connections at once').to.be.below(30);
  });

  it('go out over few connections, each of them once, by however many processes', async () => {
    const all = names(90, (n) => `person-${n}@host-${n % 7}.test`);
    await put(...all);
    send();
    send();
    await until('all are there', has(all));
    await until('all are marked', async () => (await rows('SELECT id FROM outbox_messages WHERE sent_at IS NULL')).length === 0);
    expect(received.toSorted()).to.deep.equal(all.toSorted());
    expect(connections).to.be.within(2, 16);
  });

  it('are no two, where the server has closed the connection that was kept', async () => {
    const sockets = new Set<Socket>();
    const relay = createServer((socket) => {
      const onward = new (socket.constructor as new () => Socket)().connect(Number(new URL(url).port), '127.0.0.1');
      for (const each of [socket, onward]) sockets.add(each.on('error', () => undefined));
      socket.pipe(onward).pipe(socket);
    }).listen(0, '127.0.0.1');
    await once(relay, 'listening');
    endings.push(() => relay.close());
    const outboxWorker = send(`smtp://127.0.0.1:${(relay.address() as AddressInfo).port}`);
    for (const n of [1, 2, 3]) {
      await put(`ann-${n}@example.test`);
      outboxWorker.wake();
      await until('it is there', has([`ann-${n}@example.test`]));
      await until('it is marked', async () => (await rows('SELECT id FROM outbox_messages WHERE sent_at IS NULL')).length === 0);
      for (const socket of sockets) socket.destroy();
      sockets.clear();
    }
    await pause(300);
    expect(received).to.have.length(3);
  });

  it('to nobody are given up at once, with an audit row and an alert, and no address in either', async () => {
    answers.set('gone@example.test', { at: 'RCPT TO', code: 550, text: '5.1.1 <gone@example.test> nobody here' });
    answers.set('late@example.test', { at: 'DATA', code: 550, text: '5.1.1 nobody here' });
    answers.set('shut@example.test', { at: 'RCPT TO', code: 550, text: 'no such mailbox' });
    answers.set('full@example.test', { at: 'RCPT TO', code: 552, text: '5.2.2 mailbox full' });
    answers.set('policy@example.test', { at: 'RCPT TO', code: 554, text: '5.7.1 relay access denied' });
    answers.set('grey@example.test', { at: 'RCPT TO', code: 450, text: '4.2.0 come back later' });
    await put(...answers.keys(), 'good@example.test');
    send();
    await until('all are settled', async () => received.length === 1 && lines.filter(({ level }) => level !== 'info').length === 6);
    const alerts = lines.filter(({ level }) => level === 'error');
    expect(alerts.map(({ facts }) => facts.alert)).to.deep.equal([true, true, true]);
    await until('it is written down', async () => (await rows('SELECT id FROM audit_events')).length === 3);
    const audit = await rows<{ event: string; detail: string }>('SELECT event, detail FROM audit_events');
    expect(new Set(audit.map(({ event }) => event))).to.deep.equal(new Set(['outbox.mail.given_up']));
    expect(JSON.stringify([audit, lines]))
      .to.match(/550 5\.1\.1/)
      .and.not.match(/@/);
    await until(
      'the good one is marked',
      async () => (await rows('SELECT id FROM outbox_messages WHERE sent_at IS NOT NULL')).length === 1,
    );
    const again = await rows<{ message: string }>(
      `SELECT message FROM outbox_messages WHERE sent_at IS NULL AND next_attempt_at < ${Date.now() + DAY_MS}`,
    );
    expect(again.map(({ message }) => JSON.parse(message).to).sort()).to.deep.equal([
      'full@example.test',
      'grey@example.test',
      'policy@example.test',
    ]);
  });

  it('are given up after five days, and not before', async () => {
    for (const to of ['old@example.test', 'young@example.test']) answers.set(to, { at: 'RCPT TO', code: 451, text: '4.3.0 later' });
    await put('old@example.test', 'young@example.test');
    const age = (name: string, days: number) =>
      sequelize.query(`UPDATE outbox_messages SET created_at = created_at - ${days * DAY_MS} WHERE message LIKE '%"${name}@%'`);
    await age('old', 5.01);
    await age('young', 4.99);
    send();
    await until('both were tried', () => lines.length === 2);
    expect(lines.map(({ level }) => level).sort()).to.deep.equal(['error', 'warn']);
    await until('it is written down', async () => (await rows('SELECT id FROM audit_events')).length === 1);
  });

  it('are not held up by a row that nobody can read, or that is no notice', async () => {
    await put(...['torn', 'list', 'empty', 'newer', 'good'].map((name) => `${name}@example.test`));
    const write = (name: string, message: string) =>
      sequelize.query('UPDATE outbox_messages SET message = :message WHERE message LIKE :to', {
        replacements: { message, to: `%"${name}@%` },
      });
    await write('torn', '{"template":"unlinked","to":"torn@');
    await write('list', '[1, 2]');
    await write('empty', JSON.stringify({ ...mailTo('empty@example.test'), data: null }));
    await write('newer', JSON.stringify({ ...mailTo('newer@example.test'), template: 'of_a_newer_version' }));
    send();
    await until('the good one is there and the others are set aside', async () => {
      const audit = await rows('SELECT id FROM audit_events');
      return audit.length === 3 && received.length === 1;
    });
    expect(received).to.deep.equal(['good@example.test']);
    // A newer process, which may run beside this one, knows what it is.
    const [newer] = await rows<{ next_attempt_at: number }>("SELECT next_attempt_at FROM outbox_messages WHERE message LIKE '%newer@%'");
    expect(Number(newer?.next_attempt_at) - Date.now()).to.be.below(DAY_MS);
  });
});

describe('A refusal of a mail server', () => {
  const error = (command: string, response: string) =>
    Object.assign(new Error(`refused: ${response}`), { command, response, responseCode: Number(response.slice(0, 3)) });
  const forGood = [
    error('RCPT TO', '550 5.1.1 no such user'),
    error('RCPT TO', '550-5.1.1 The account does not exist'),
    error('RCPT TO', '553 5.1.3 bad address syntax'),
    error('RCPT TO', '556 5.1.10 null MX'),
    error('RCPT TO', '550 5.2.1 mailbox disabled'),
    error('RCPT TO', '551 user not local'),
    error('DATA', '554 5.6.0 broken message'),
  ];
  const forNow = [
    error('RCPT TO', '450 4.1.1 not known yet'),
    error('RCPT TO', '550 5.7.1 blocked'),
    error('RCPT TO', '552 5.2.2 full'),
    error('RCPT TO', '554 no'),
    error('MAIL FROM', '550 5.1.8 sender has no domain'),
    error('MAIL FROM', '550 sender refused'),
    error('RCPT TO', '550 5.1.8 sender has no domain'),
    error('AUTH PLAIN', '535 5.7.8 wrong password'),
    error('EHLO', '550 5.1.1 not you'),
    new TypeError('fetch failed'),
    'a text',
  ];

  it('is for good where it is about the mailbox', () => {
    expect(forGood.filter((each) => !isPermanentRefusal(each))).to.deep.equal([]);
  });

  it('is for now where somebody can mend it', () => {
    expect(forNow.filter((each) => isPermanentRefusal(each))).to.deep.equal([]);
  });
});

// Notices on their way out: a real SMTP server on loopback, an outbox in memory that keeps the port's promises.

import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import type { MailMessage } from '../../lib/accounts/mail-message.js';
import { fileTransport } from '../../lib/mail/file-transport.js';
import { type MailSenderOptions, startMailSender } from '../../lib/mail/sender.js';
import { smtpTransport } from '../../lib/mail/smtp-transport.js';
import type { Mail, MailTransport } from '../../lib/mail/transport.js';
import type { ClaimedMessage, FailedAttempt, GivenUp, OutboxClaim, OutboxRepository } from '../../lib/outbox/outbox.js';
import type { OutboxWorker } from '../../lib/outbox/outbox-worker.js';
import { silentLogger } from '../../lib/support/logger.js';

const FROM = 'Latchkey <no-reply@biore.test>';
const SENTENCE = 'Google unlinked from your BIO.RE login on November 21, 2026';

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

async function until(what: string, condition: () => boolean | Promise<boolean>, ms = 5_000): Promise<void> {
  for (const deadline = Date.now() + ms; !(await condition()); await pause(10)) {
    if (Date.now() > deadline) throw new Error(`Timed out waiting until ${what}`);
  }
}

function notice(changes: Partial<MailMessage> = {}): MailMessage {
  return {
    template: 'unlinked',
    to: 'ann@example.test',
    language: 'en-US',
    data: { appName: 'BIO.RE', provider: 'Google', nickname: 'Ann', at: '2026-11-21T10:00:00.000Z' },
    ...changes,
  };
}

interface Row {
  readonly message: MailMessage;
  sentAt: Date | undefined;
  attempts: number;
  error: string | undefined;
  givenUp: boolean;
  createdAt: Date;
  dueAt: number;
  leasedUntil: number;
}

/** Claims are atomic because nothing is awaited between the look and the write. */
class MemoryOutbox implements OutboxRepository<MailMessage> {
  readonly rows = new Map<string, Row>();
  readonly calls = { claim: 0, sent: 0, failed: 0, givenUp: 0 };
  claimTakesMs = 0;
  down: Error | undefined;
  sentFails: Error | undefined;

  add(id: string, message = notice()): void {
    this.rows.set(id, {
      message,
      sentAt: undefined,
      attempts: 0,
      error: undefined,
      givenUp: false,
      createdAt: new Date(),
      dueAt: 0,
      leasedUntil: 0,
    });
  }

  /** Time flies: whatever waits for its next attempt, or for a lease to end, is due. */
  makeDue(): void {
    for (const row of this.rows.values()) Object.assign(row, { dueAt: 0, leasedUntil: 0 });
  }

  row(id: string): Row {
    const row = this.rows.get(id);
    if (row === undefined) throw new Error(`No row ${id}`);
    return row;
  }

  async claim({ leaseMs, now, limit, admits = () => true }: OutboxClaim<MailMessage>): Promise<readonly ClaimedMessage<MailMessage>[]> {
    this.calls.claim += 1;
    if (this.down !== undefined) throw this.down;
    const at = now.getTime();
    const taken: ClaimedMessage<MailMessage>[] = [];
    for (const [id, row] of this.rows) {
      if (taken.length === limit) break;
      if (row.sentAt !== undefined || row.givenUp || row.dueAt > at || row.leasedUntil > at || !admits(row.message)) continue;
      row.leasedUntil = at + leaseMs;
      taken.push({ id, message: row.message, attempts: row.attempts, createdAt: row.createdAt });
    }
    if (taken.length === 0) await pause(this.claimTakesMs);
    return taken;
  }

  async sent(ids: readonly string[], at: Date): Promise<void> {
    this.calls.sent += 1;
    const fault = this.down ?? this.sentFails;
    if (fault !== undefined) throw fault;
    for (const id of ids) this.row(id).sentAt = at;
  }

  async givenUp(id: string, { error, attempts }: GivenUp): Promise<void> {
    this.calls.givenUp += 1;
    if (this.down !== undefined) throw this.down;
    Object.assign(this.row(id), { error, attempts, givenUp: true });
  }

  async failed(id: string, { error, nextAttemptAt }: FailedAttempt): Promise<void> {
    this.calls.failed += 1;
    if (this.down !== undefined) throw this.down;
    const row = this.row(id);
    Object.assign(row, { error, attempts: row.attempts + 1, dueAt: nextAttemptAt.getTime(), leasedUntil: 0 });
  }
}

interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
}

interface SmtpOptions {
  readonly port?: number;
  /** What to answer a mail with; called before it counts as received. */
  readonly refuse?: () => Error | undefined;
  readonly delayMs?: number;
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

async function startSmtp({ port = 0, refuse = () => undefined, delayMs = 0 }: SmtpOptions = {}) {
  const received: Received[] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    closeTimeout: 100,
    onData(stream, { envelope }: SMTPServerSession, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        setTimeout(() => {
          const error = refuse();
          const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
          if (error === undefined)
            received.push({ from, to: envelope.rcptTo.map(({ address }) => address), raw: Buffer.concat(chunks).toString() });
          callback(error);
        }, delayMs);
      });
    },
  });
  server.on('error', () => undefined);
  server.listen(port, '127.0.0.1');
  await once(server.server, 'listening');
  const address = server.server.address() as AddressInfo;
  return {
    received,
    port: address.port,
    url: `smtp://127.0.0.1:${address.port}`,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** The part of that type, its transfer encoding undone. */
function part(raw: string, type: string): string {
  const boundary = /boundary="([^"]+)"/.exec(raw)?.[1] ?? '';
  const found = raw.split(`--${boundary}`).find((candidate) => candidate.includes(`Content-Type: ${type}`)) ?? '';
  const [headers = '', ...body] = found.split('\r\n\r\n');
  const content = body.join('\r\n\r\n');
  if (/base64/i.test(headers)) return Buffer.from(content, 'base64').toString();
  if (!/quoted-printable/i.test(headers)) return content;
  const bytes = content
    .replaceAll('=\r\n', '')
    .replace(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}

/** The header's value, unfolded, its encoded words (RFC 2047) decoded. */
function header(raw: string, name: string): string {
  const [headers = ''] = raw.split('\r\n\r\n');
  const value = new RegExp(`^${name}: (.*)$`, 'im').exec(headers.replaceAll(/\r\n[ \t]/g, ' '))?.[1] ?? '';
  return value
    .trim()
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?utf-8\?([BQ])\?([^?]*)\?=/gi, (_, kind: string, text: string) => {
      if (kind.toUpperCase() === 'B') return Buffer.from(text, 'base64').toString();
      const bytes = text
        .replaceAll('_', ' ')
        .replace(/=([0-9A-F]{2})/g, (_all, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
      return Buffer.from(bytes, 'latin1').toString();
    });
}

function recordingLogger() {
  const lines: string[] = [];
  const line = (level: string) => (obj: object, msg: string) => void lines.push(`${level} ${msg} ${JSON.stringify(obj)}`);
  return { lines, logger: { info: line('info'), warn: line('warn'), error: line('error') } };
}

describe('mail sender', () => {
  const endings: (() => Promise<void> | void)[] = [];
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });

  async function smtp(options: SmtpOptions = {}) {
    const server = await startSmtp(options);
    endings.push(() => server.close());
    return server;
  }

  function sender(options: Pick<MailSenderOptions, 'repository' | 'transport'> & Partial<MailSenderOptions>): OutboxWorker {
    const started = startMailSender({ from: FROM, logger: silentLogger, pollMs: 20, ...options });
    endings.push(
      () => options.transport.close(),
      () => started.close(),
    );
    return started;
  }

  it('delivers a notice in English, readable as it travels', async () => {
    const server = await smtp();
    const outbox = new MemoryOutbox();
    outbox.add('m1');
    sender({ repository: outbox, transport: smtpTransport(server.url) });
    await until('it is marked as sent', () => outbox.row('m1').sentAt !== undefined);

    const [{ from, to, raw }] = server.received as [Received];
    expect([from, to]).to.deep.equal(['no-reply@biore.test', ['ann@example.test']]);
    expect(header(raw, 'From')).to.equal('Latchkey <no-reply@biore.test>');
    expect(header(raw, 'To')).to.equal('ann@example.test');
    expect(header(raw, 'Auto-Submitted')).to.equal('auto-generated');
    expect(raw).to.include(`\r\nSubject: ${SENTENCE}\r\n`).and.to.include(`\r\n\r\n${SENTENCE}\r\n\r\n`);
    expect(part(raw, 'text/html')).to.include(`<p>${SENTENCE}</p>`);
  });

  it('delivers a notice in Chinese', async () => {
    const server = await smtp();
    const outbox = new MemoryOutbox();
    outbox.add('m1', notice({ language: 'zh-CN' }));
    sender({ repository: outbox, transport: smtpTransport(server.url) });
    await until('it arrives', () => server.received.length === 1);

    const [{ raw }] = server.received as [Received];
    const sentence = 'Google 已于 2026年11月21日 与您的 BIO.RE 登录解除绑定';
    expect(header(raw, 'Subject')).to.equal(sentence);
    expect(part(raw, 'text/plain').split(/\r?\n/)).to.include(sentence);
    expect(part(raw, 'text/html')).to.include(sentence);
  });

  it('sends at once when woken, without waiting for the next look', async () => {
    const server = await smtp();
    const outbox = new MemoryOutbox();
    const { wake } = sender({ repository: outbox, transport: smtpTransport(server.url), pollMs: 60_000 });
    await until('it has looked once', () => outbox.calls.claim === 1);
    for (const id of ['m1', 'm2', 'm3']) {
      outbox.add(id);
      wake();
    }
    await until('all three are marked', () => ['m1', 'm2', 'm3'].every((id) => outbox.row(id).sentAt !== undefined));
    expect(server.received).to.have.length(3);
  });

  it('does not miss a notice that is written while it finds the outbox empty', async () => {
    const server = await smtp();
    const outbox = new MemoryOutbox();
    outbox.claimTakesMs = 50;
    const { wake } = sender({ repository: outbox, transport: smtpTransport(server.url), pollMs: 60_000 });
    await until('it looks', () => outbox.calls.claim === 1);
    outbox.add('m1');
    wake();
    await until('it is marked', () => outbox.row('m1').sentAt !== undefined);
  });

  it('tries again after the server said "later", with the same Message-ID, and writes no address down', async () => {
    const replies = [refusal(451, 'Greylisted ann@example.test'), refusal(451, 'Greylisted <ann@example.test>'), undefined];
    const attempts: number[] = [];
    const server = await smtp({ refuse: () => replies[attempts.push(Date.now()) - 1] });
    const outbox = new MemoryOutbox();
    const { lines, logger } = recordingLogger();
    outbox.add('m1');
    const messageIds: string[] = [];
    const real = smtpTransport(server.url);
    sender({ repository: outbox, transport: real, logger });
    for (const failures of [1, 2]) {
      await until('it failed', () => outbox.row('m1').attempts === failures);
      expect(outbox.row('m1').error).to.match(/451 Greylisted <?\[address\]>?/);
      expect(outbox.row('m1').dueAt - Date.now()).to.be.within(failures === 1 ? 3_000 : 20_000, failures === 1 ? 5_000 : 30_000);
      await pause(60);
      expect(attempts, 'not before its time').to.have.length(failures);
      outbox.makeDue();
    }
    await until('it is marked as sent', () => outbox.row('m1').sentAt !== undefined);
    await real.send({ id: 'm1', from: FROM, to: 'ann@example.test', subject: SENTENCE, text: 'x', html: 'x' });
    await real.send({ id: 'm2', from: FROM, to: 'ann@example.test', subject: SENTENCE, text: 'x', html: 'x' });
    messageIds.push(...server.received.map(({ raw }) => header(raw, 'Message-ID')));
    expect(messageIds).to.have.length(3);
    expect(messageIds[0])
      .to.match(/^<m1\.[0-9a-f]{24}@biore\.test>$/)
      .and.to.equal(messageIds[1])
      .and.to.not.equal(messageIds[2]);
    expect(lines.join('\n')).to.include('"id":"m1"').and.to.not.include('example.test');
  });

  it('loses nothing while the mail server is down, and delivers once it is back', async () => {
    const gone = await startSmtp();
    await gone.close();
    const outbox = new MemoryOutbox();
    outbox.add('m1');
    outbox.add('m2', notice({ to: 'bob@example.test' }));
    sender({ repository: outbox, transport: smtpTransport(gone.url) });
    await until('both failed', () => outbox.row('m1').attempts === 1 && outbox.row('m2').attempts === 1);
    expect(outbox.row('m1').error).to.match(/ECONNREFUSED/);

    const back = await smtp({ port: gone.port });
    outbox.makeDue();
    await until('both are marked', () => outbox.row('m1').sentAt !== undefined && outbox.row('m2').sentAt !== undefined);
    expect(back.received.map(({ to }) => to[0])).to.have.members(['ann@example.test', 'bob@example.test']);
  });

  it('is not held up by one notice that nobody accepts', async () => {
    const server = await smtp();
    const outbox = new MemoryOutbox();
    outbox.add('bad-recipient', notice({ to: 'ann@example.test\r\nBcc: eve@example.test' }));
    outbox.add('bad-date', notice({ data: { ...notice().data, at: 'yesterday' } }));
    outbox.add('good');
    sender({ repository: outbox, transport: smtpTransport(server.url) });
    await until('the good one is marked', () => outbox.row('good').sentAt !== undefined);
    expect(server.received).to.have.length(1);
    expect(outbox.row('bad-recipient').error).to.equal('The recipient must be exactly one bare address');
    expect(outbox.row('bad-date').error).to.match(/Invalid time value/);
    await until('both are set aside', () => outbox.row('bad-date').givenUp && outbox.row('bad-recipient').givenUp);
    expect(outbox.calls.failed).to.equal(0);
  });

  it('delivers each notice once when two processes empty one outbox', async () => {
    const server = await smtp();
    const outbox = new MemoryOutbox();
    const ids = Array.from({ length: 20 }, (_, n) => `m${n}`);
    for (const id of ids) outbox.add(id, notice({ to: `${id}@example.test` }));
    sender({ repository: outbox, transport: smtpTransport(server.url) });
    sender({ repository: outbox, transport: smtpTransport(server.url) });
    await until('all are marked', () => ids.every((id) => outbox.row(id).sentAt !== undefined));
    expect(server.received.map(({ to }) => to[0]).toSorted()).to.deep.equal(ids.map((id) => `${id}@example.test`).toSorted());
  });

  it('does not send a notice again that was accepted but could not be marked', async () => {
    const server = await smtp();
    const outbox = new MemoryOutbox();
    outbox.sentFails = new Error('database is read-only');
    outbox.add('m1');
    outbox.add('m2', notice({ to: 'bob@example.test' }));
    sender({ repository: outbox, transport: smtpTransport(server.url) });
    await until('both arrived', () => server.received.length === 2);
    const tried = outbox.calls.sent;
    // The lease runs out while the database still refuses: claimed again, not sent again.
    outbox.makeDue();
    await until('the marking was tried again', () => outbox.calls.sent > tried + 6);
    outbox.sentFails = undefined;
    await until('both are marked', () => outbox.row('m1').sentAt !== undefined && outbox.row('m2').sentAt !== undefined);
    await pause(60);
    expect(server.received).to.have.length(2);
    expect(outbox.calls.failed).to.equal(0);
  });

  it('tells of a database outage once, heals by itself, and leaves addresses out of the log', async () => {
    const server = await smtp();
    const outbox = new MemoryOutbox();
    const { lines, logger } = recordingLogger();
    outbox.down = new Error('connect ECONNREFUSED 127.0.0.1:5432');
    sender({ repository: outbox, transport: smtpTransport(server.url), logger, pollMs: 10 });
    await until('it has looked often', () => outbox.calls.claim > 5);
    expect(lines.filter((line) => line.startsWith('error'))).to.have.length(1);

    outbox.down = undefined;
    outbox.add('m1');
    await until('it is marked', () => outbox.row('m1').sentAt !== undefined);
    await pause(30);
    expect(lines.map((line) => line.split(' {')[0])).to.have.members([
      'error The outbox of mail cannot be reached; trying again',
      'info mail delivered',
      'info The outbox of mail can be reached again',
    ]);
    expect(lines.join('\n')).to.not.include('@');
  });

  it('finishes and marks what is under way when closed, and takes nothing more', async () => {
    const server = await smtp({ delayMs: 200 });
    const outbox = new MemoryOutbox();
    const ids = Array.from({ length: 12 }, (_, n) => `m${n}`);
    for (const id of ids) outbox.add(id);
    const { close } = sender({ repository: outbox, transport: smtpTransport(server.url) });
    await until('the first are claimed', () => outbox.row('m0').leasedUntil > 0);
    await pause(50);
    const claimed = ids.filter((id) => outbox.row(id).leasedUntil > 0);
    await close();
    expect(claimed.length).to.be.within(2, 8);
    expect(ids.filter((id) => outbox.row(id).sentAt !== undefined)).to.deep.equal(claimed);
    await pause(60);
    expect(server.received).to.have.length(claimed.length);
  });

  it('does not wait longer than three seconds for a server that never answers, and leaves the notice to the next process', async () => {
    const sockets: Socket[] = [];
    const mute = createServer((socket) => void sockets.push(socket.on('error', () => undefined)));
    mute.listen(0, '127.0.0.1');
    await once(mute, 'listening');
    endings.push(() => {
      for (const socket of sockets) socket.destroy();
      mute.close();
    });
    const outbox = new MemoryOutbox();
    outbox.add('m1');
    const transport = smtpTransport(`smtp://127.0.0.1:${(mute.address() as AddressInfo).port}`);
    const { close } = sender({ repository: outbox, transport });
    await until('it is connected', () => sockets.length === 1);
    const started = Date.now();
    await close();
    expect(Date.now() - started).to.be.within(2_900, 3_500);
    transport.close();
    await until('the connection is gone', () => sockets.every((socket) => socket.destroyed || socket.readableEnded));
    await pause(20);
    expect(outbox.calls.failed).to.equal(0);
  });
});

describe('mail transports', () => {
  let folder = '';
  let server: Awaited<ReturnType<typeof startSmtp>>;
  before(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'latchkey-mail-')), 'made', 'on-demand');
    server = await startSmtp();
  });
  after(async () => {
    await rm(join(folder, '..', '..'), { recursive: true, force: true });
    await server.close();
  });

  const mail = (changes: Partial<Mail> = {}): Mail => ({
    id: 'f1',
    from: FROM,
    to: 'ann@example.test',
    subject: SENTENCE,
    text: `Hello,\n\n${SENTENCE}\n`,
    html: `<p>${SENTENCE}</p>`,
    ...changes,
  });

  async function refused(transport: MailTransport, changes: Partial<Mail>): Promise<boolean> {
    return transport.send(mail(changes)).then(
      () => false,
      (error: unknown) => error instanceof TypeError,
    );
  }

  it('write one whole file per notice, for the owner’s eyes, however often it is sent', async () => {
    const transport = fileTransport(folder);
    await Promise.all([transport.send(mail()), transport.send(mail()), transport.send(mail({ id: 'f2' }))]);
    await transport.send(mail());
    expect((await readdir(folder)).toSorted()).to.deep.equal(['f1.eml', 'f2.eml']);
    const raw = await readFile(join(folder, 'f1.eml'), 'utf8');
    expect(raw).to.include(`\r\nSubject: ${SENTENCE}\r\n`).and.to.include(`\r\n\r\n${SENTENCE}\r\n`);
    expect(header(raw, 'To')).to.equal('ann@example.test');
    expect((await stat(join(folder, 'f1.eml'))).mode & 0o777).to.equal(0o600);
  });

  it('refuse a recipient that is a list, a group, a name or an injected header', async () => {
    const recipients = [
      'ann@example.test, eve@example.test',
      'ann@example.test,eve@example.test',
      'ann@example.test;eve@example.test',
      'ann@example.test eve@example.test',
      'ann@example.test\r\nBcc: eve@example.test',
      'ann@example.test\nBcc:eve@example.test',
      'ann@example.test\r',
      'friends:ann@example.test;',
      'Ann <ann@example.test>',
      '<ann@example.test>',
      'ann@example.test(eve@example.test)',
      'ann@eve@example.test',
      'ann@example.test\u0000',
      'ann@example.test\u2028',
      `${'a'.repeat(255)}@example.test`,
      '@example.test',
      'ann@',
      'ann',
      '',
    ];
    for (const transport of [fileTransport(folder), smtpTransport(server.url)]) {
      for (const to of recipients) expect(await refused(transport, { id: 'injected', to }), JSON.stringify(to)).to.equal(true);
    }
    expect(server.received).to.have.length(0);
    expect(await readdir(folder)).to.not.include('injected.eml');
  });

  it('accept addresses as people have them', async () => {
    const transport = smtpTransport(server.url);
    for (const to of ['ann@example.test', "o'neil+bio.re@mail.example.test", 'a_b-c@localhost']) await transport.send(mail({ to }));
    expect(server.received.map(({ to }) => to[0])).to.deep.equal([
      'ann@example.test',
      "o'neil+bio.re@mail.example.test",
      'a_b-c@localhost',
    ]);
  });

  it('refuse an id that would leave the folder', async () => {
    for (const id of ['../f9', 'a/b', '', 'f9.eml\0', '..']) expect(await refused(fileTransport(folder), { id })).to.equal(true);
  });

  it('do not let a subject become a header', async () => {
    const transport = fileTransport(folder);
    await transport.send(mail({ id: 'f3', subject: 'Hello\r\nBcc: eve@example.test\r\n\r\nbody' }));
    const raw = await readFile(join(folder, 'f3.eml'), 'utf8');
    expect(raw).to.not.match(/^Bcc:/im);
  });
});

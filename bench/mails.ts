// Empties an outbox into a mail server, and tells mails a second and the CPU that each costs this process.
//
//   npm run --prefix bench mails -- --database sqlite:/tmp/mails.sqlite [--count 500] [--delay 50] [--hosts 20]
//
// `--delay` is how long the mail server thinks about each mail, in milliseconds; `--hosts` how many hosts the recipients are at.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startMailSender } from '../lib/mail/sender.js';
import { smtpTransport } from '../lib/mail/smtp-transport.js';
import { openStorage } from '../lib/plugin/storage.js';
import { openDatabase } from '../lib/server/database.js';
import { silentLogger } from '../lib/support/logger.js';

const { values } = parseArgs({
  options: {
    database: { type: 'string', default: 'sqlite:/tmp/mails.sqlite' },
    count: { type: 'string', default: '500' },
    delay: { type: 'string', default: '50' },
    hosts: { type: 'string', default: '20' },
  },
});
const [count, hosts] = [Number(values.count), Number(values.hosts)];

const sink = fork(fileURLToPath(new URL('smtp-sink.ts', import.meta.url)), [values.delay], { execArgv: ['--import', 'tsx'] });
const [port] = await once(sink, 'message');
const sequelize = openDatabase(values.database);
const storage = openStorage({ sequelize });
await storage.migrate();
await sequelize.query('DELETE FROM outbox_messages');
await storage.accounts.signIn(async (transaction) => {
  for (let n = 0; n < count; n += 1)
    await transaction.mail({
      template: 'unlinked',
      to: `person-${n}@host-${n % hosts}.test`,
      language: 'en-US',
      data: { appName: 'Bench', provider: 'Google', nickname: `Person ${n}`, at: new Date().toISOString() },
    });
});

const unsent = async () => {
  const [rows] = await sequelize.query('SELECT COUNT(*) AS n FROM outbox_messages WHERE sent_at IS NULL');
  return Number((rows as { n: unknown }[])[0]?.n);
};

const transport = smtpTransport(`smtp://127.0.0.1:${port}`);
const [began, cpu] = [performance.now(), process.cpuUsage()];
const sender = startMailSender({ repository: storage.outbox.mail, transport, from: 'bench@localhost', logger: silentLogger });
while ((await unsent()) > 0) await new Promise((resolve) => setTimeout(resolve, 100));
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(cpu);
console.log(
  `${count} mails to ${hosts} hosts in ${seconds.toFixed(1)} s: ${(count / seconds).toFixed(1)} a second, ${((user + system) / 1000 / count).toFixed(1)} ms of CPU each`,
);
await sender.close();
transport.close();
await sequelize.close();
sink.disconnect();

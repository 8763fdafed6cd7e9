// The TLS settings in a database URL, in the form that the drivers take.

import { connect } from 'node:net';
import type { Sequelize } from 'sequelize';
import type { DatabaseTls } from './database-url.js';

type DriverTls = Readonly<Record<string, unknown>>;

const PATIENCE_MS = 2_000;
const nobodyAsks = () => undefined;

/** Undefined: none. Whether a server that only offers it has it is asked when it is connected to. */
export function driverTls({ demand, material }: DatabaseTls, postgres: boolean): DriverTls | undefined {
  if (demand === 'none' || demand === 'offered') return undefined;
  const rejectUnauthorized = demand !== 'encrypted';
  const byName = demand === 'host';
  // mysql2 looks at the server's name where it is told to, pg where it is not told otherwise.
  const name = postgres ? (byName || !rejectUnauthorized ? {} : { checkServerIdentity: nobodyAsks }) : { verifyIdentity: byName };
  return { ...name, ...material, rejectUnauthorized };
}

/** PostgreSQL's SSLRequest (Frontend/Backend Protocol, section 55.2.11): one letter says whether it goes on. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/** The capabilities in MySQL's greeting (protocol 10) stand behind its version, a thread's id and 9 more bytes. */
function mysqlOffers(greeting: Buffer): boolean {
  const version = greeting.indexOf(0, 5);
  return version > 0 && greeting.length > version + 16 && (greeting.readUInt16LE(version + 14) & 0x0800) !== 0;
}

/** False also where nobody answers: the connection itself says why. */
function offersTls(host: string, port: number, postgres: boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    const end = (offers: boolean) => {
      socket.destroy();
      resolve(offers);
    };
    socket.setTimeout(PATIENCE_MS, () => end(false));
    socket.on('error', () => end(false)).on('close', () => end(false));
    if (postgres) socket.write(SSL_REQUEST);
    socket.once('data', (answer: Buffer) => end(postgres ? answer[0] === 0x53 : mysqlOffers(answer)));
  });
}

interface ConnectConfig {
  readonly host?: string;
  readonly port?: number | string;
  dialectOptions?: Record<string, unknown>;
}

/** `prefer` and `allow`: TLS where the server has it, and none where it has none. */
export function preferTls(sequelize: Sequelize, { material }: DatabaseTls, postgres: boolean): void {
  sequelize.addHook('beforeConnect', async (config: object) => {
    const { host = '127.0.0.1', port, dialectOptions } = config as ConnectConfig;
    const offers = await offersTls(host, Number(port ?? (postgres ? 5432 : 3306)), postgres);
    const ssl = offers ? { ssl: driverTls({ demand: 'encrypted', material }, postgres) } : {};
    Object.assign(config, { dialectOptions: { ...dialectOptions, ...ssl } });
  });
}

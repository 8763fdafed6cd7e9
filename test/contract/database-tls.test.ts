// DATABASE_URL with TLS, in the words of each client, at servers whose certificates are made here.

import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import mysql from 'mysql2/promise';
import { Client } from 'pg';
import { QueryTypes } from 'sequelize';
import { openDatabase } from '../../lib/server/database.js';
import { readDatabaseUrl } from '../../lib/server/database-url.js';
import { type Authority, makeAuthority, openssl } from '../support/certificates.js';
import { ApiClient } from '../support/client.js';
import { startOpenIdProvider } from '../support/openid-provider.js';
import { person } from '../support/person.js';
import { newFolder } from '../support/run-folder.js';
import { startServer } from '../support/server.js';
import { mariadb, postgres, type ServerRecipe } from '../support/server-recipes.js';
import { Service } from '../support/service.js';
import { describeWith } from '../support/services.js';

type Kind = 'mariadb' | 'postgres';

/** `required`: nobody comes in without; `none`: the server has none. */
type Demand = 'required' | 'none';

interface TlsServer {
  readonly service: Service;
  readonly authority: () => Authority;
  /** From now on the certificate is for another name. */
  rename(name: string): Promise<void>;
}

const unchecked = { rejectUnauthorized: false };

function tlsServer(kind: Kind, demand: Demand): TlsServer {
  let made: Authority | undefined;
  let files: { readonly cert: string; readonly key: string } | undefined;
  const certificates = () => {
    made ??= makeAuthority();
    const folder = newFolder('certificates');
    chmodSync(folder, 0o755);
    files ??= { cert: join(folder, 'server.pem'), key: join(folder, 'server.key') };
    return { ...files, authority: made };
  };
  const base = kind === 'mariadb' ? mariadb : postgres;
  const required: ServerRecipe = {
    ...base,
    async prepare(folder) {
      await base.prepare(folder);
      const { authority, cert, key } = certificates();
      authority.issue(cert, key, 'localhost');
      const { owner } = base.command(folder, 0);
      chmodSync(key, 0o600);
      if (owner !== undefined) chownSync(key, owner.uid, owner.gid);
      if (kind === 'postgres') writeFileSync(join(folder, 'data', 'pg_hba.conf'), 'hostssl all all all trust\n');
    },
    command(folder, port) {
      const { cert, key } = certificates();
      const command = base.command(folder, port);
      const args =
        kind === 'mariadb'
          ? [`--ssl-cert=${cert}`, `--ssl-key=${key}`, '--require-secure-transport=ON']
          : ['-c', 'ssl=on', '-c', `ssl_cert_file=${cert}`, '-c', `ssl_key_file=${key}`];
      return { ...command, args: [...command.args, ...args] };
    },
    async ping(url) {
      if (kind === 'mariadb') {
        const connection = await mysql.createConnection({ uri: url, ssl: unchecked });
        return await connection.end();
      }
      const client = new Client({ connectionString: `${url}/postgres`, ssl: unchecked });
      client.on('error', () => {});
      await client.connect();
      await client.end();
    },
  };
  const plain: ServerRecipe = {
    ...base,
    command(folder, port) {
      const command = base.command(folder, port);
      return { ...command, args: [...command.args, ...(kind === 'mariadb' ? ['--skip-ssl'] : [])] };
    },
  };
  const service = new Service(kind, demand === 'required' ? required : plain, `TEST_OWN_TLS_${kind.toUpperCase()}_URL`);
  return {
    service,
    authority: () => certificates().authority,
    async rename(name) {
      const { authority, cert, key } = certificates();
      authority.issue(cert, key, name);
      const database = openDatabase(`${await urlOf(service)}?ssl-mode=REQUIRED`);
      await database.query('FLUSH SSL').finally(() => database.close());
    },
  };
}

async function urlOf(service: Service, host = 'localhost'): Promise<string> {
  const url = new URL(await service.url());
  url.hostname = host;
  url.pathname = service.name === 'postgres' ? '/postgres' : '/mysql';
  return url.href;
}

/** Whether a connection by the URL is encrypted; what was thrown where there is none. */
async function connects(url: string): Promise<boolean | string> {
  const database = openDatabase(url);
  try {
    const sql = url.startsWith('postgres')
      ? 'SELECT ssl AS used FROM pg_stat_ssl WHERE pid = pg_backend_pid()'
      : "SELECT VARIABLE_VALUE <> '' AS used FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'Ssl_cipher'";
    const [row] = await database.query<{ used: unknown }>(sql, { type: QueryTypes.SELECT });
    return Boolean(row?.used);
  } catch (error) {
    return error instanceof Error ? error.message : 'thrown';
  } finally {
    await database.close();
  }
}

function describeTls(kind: Kind, demand: Demand, title: string, suite: (server: TlsServer) => void): void {
  const server = tlsServer(kind, demand);
  describeWith(openssl, `${title} [${kind}]`, () => {
    describeWith(server.service, 'by its URL', () => {
      before(async function () {
        this.timeout(60_000);
        await server.service.url();
      });
      after(() => server.service.end());
      suite(server);
    });
  });
}

for (const kind of ['mariadb', 'postgres'] as const) {
  describeTls(kind, 'required', 'A database that asks for TLS', (server) => {
    const by = async (query: string, host?: string) => connects(`${await urlOf(server.service, host)}${query}`);

    it('takes nobody who comes without', async () => {
      for (const query of ['', '?ssl=false', '?sslmode=disable', '?ssl-mode=DISABLED']) expect(await by(query), query).to.be.a('string');
    });

    it('takes whoever asks for an encrypted connection, and checks nothing', async () => {
      const queries = [
        '?ssl-mode=REQUIRED',
        '?sslmode=require',
        '?sslmode=no-verify',
        '?ssl={"rejectUnauthorized":false}',
        '?sslMode=REQUIRED',
      ];
      for (const query of queries) expect(await by(query), query).to.equal(true);
      expect(await by(`?ssl=${encodeURIComponent('{"rejectUnauthorized":false}')}`)).to.equal(true);
    });

    it('takes whoever would rather have one', async () => {
      for (const query of ['?sslmode=prefer', '?ssl-mode=PREFERRED', '?sslmode=allow']) expect(await by(query), query).to.equal(true);
    });

    it('is not believed by who knows nothing of its authority', async () => {
      for (const query of ['?ssl=true', '?ssl={"rejectUnauthorized":true}', '?sslmode=verify-full', '?ssl-mode=VERIFY_CA', '?ssl=1']) {
        expect(await by(query), query).to.match(/certificate|self.signed|issuer/i);
      }
    });

    it('is believed by who names its authority', async () => {
      const { file } = server.authority();
      const ca = encodeURIComponent(file);
      for (const query of [
        `?ssl=true&sslrootcert=${ca}`,
        `?sslmode=verify-full&sslrootcert=${ca}`,
        `?ssl-mode=VERIFY_IDENTITY&ssl-ca=${ca}`,
        `?sslmode=require&sslrootcert=${ca}`,
        `?ssl-ca=${ca}`,
      ]) {
        expect(await by(query), query).to.equal(true);
      }
    });

    it('is believed by its name only where that is asked', async () => {
      const ca = encodeURIComponent(server.authority().file);
      const host = kind === 'postgres' ? '127.0.0.1' : 'localhost';
      if (kind === 'mariadb') await server.rename('db.example');
      for (const query of [`?sslmode=verify-full&sslrootcert=${ca}`, `?ssl=true&sslrootcert=${ca}`]) {
        expect(await by(query, host), query).to.match(/altnames|does not match/i);
      }
      for (const query of [`?sslmode=verify-ca&sslrootcert=${ca}`, `?ssl-mode=REQUIRED&ssl-ca=${ca}`]) {
        expect(await by(query, host), query).to.equal(true);
      }
    });

    it('serves people', async () => {
      const google = await startOpenIdProvider({ alg: 'ES256' });
      const { issuer, clientId, clientSecret } = google;
      const admin = openDatabase(`${await urlOf(server.service)}?sslmode=require`);
      await admin.query('CREATE DATABASE club').finally(() => admin.close());
      const url = new URL(await urlOf(server.service));
      url.pathname = '/club';
      const standalone = await startServer({
        databaseUrl: `${url.href}?ssl-mode=REQUIRED`,
        config: { providers: { google: { issuer, clientId, clientSecret } } },
      });
      try {
        expect((await new ApiClient(standalone.base).signIn('google', google, person())).user?.id).to.be.a('string');
      } finally {
        await standalone.stop();
        await google.close();
      }
    }).timeout(60_000);
  });

  describeTls(kind, 'none', 'A database that has no TLS', (server) => {
    const by = async (query: string) => connects(`${await urlOf(server.service, '127.0.0.1')}${query}`);

    it('takes who does not ask for it, or would only rather have it, and nobody who does', async () => {
      for (const query of ['', '?sslmode=prefer', '?ssl-mode=PREFERRED', '?ssl=false']) expect(await by(query), query).to.equal(false);
      for (const query of ['?ssl=true', '?ssl-mode=REQUIRED', '?sslmode=require']) expect(await by(query), query).to.match(/SSL|secure/i);
    });
  });
}

describe('What DATABASE_URL says of TLS', () => {
  it('is taken out of it, and nothing else', () => {
    expect(readDatabaseUrl('postgres://a:b@c/d?application_name=club&sslmode=require&ssl-ca=')).to.deep.equal({
      url: 'postgres://a:b@c/d?application_name=club',
      tls: { demand: 'encrypted', material: {} },
    });
    expect(readDatabaseUrl('mysql://a@c/d?x=%20y').url).to.equal('mysql://a@c/d?x=%20y');
  });

  it('is a mistake where it makes no sense, and quotes nothing', () => {
    for (const query of ['sslmode=maybe', 'ssl={broken', 'ssl=[]', 'ssl={"ca":{}}', 'sslrootcert=/no/such/secret-file.pem']) {
      expect(() => readDatabaseUrl(`postgres://a@c/d?${query}`), query)
        .to.throw(/^expected in ssl/)
        .and.not.match(/secret-file/);
    }
  });
});

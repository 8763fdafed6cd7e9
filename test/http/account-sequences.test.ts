// No sequence of sign-ups, links by mail and sign-ins takes an account from its owner, or leaves one to a squatter.

import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import { DataTypes, QueryTypes, type Sequelize } from 'sequelize';
import type { LatchkeyOptions, Mail } from '../../lib/index.js';
import { ApiClient } from '../support/client.js';
import type { HttpAnswer } from '../support/http-request.js';
import { memberHost } from '../support/member-host.js';
import { newTag } from '../support/new-tag.js';
import { type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.js';
import { type HostSetup, openRestartableHost, type RestartableHost } from '../support/restartable-host.js';

/** `SEQUENCES=2000 npx mocha test/http/account-sequences.test.ts` plays more, others each time; `SEED` the same ones. */
const RUNS = Number(process.env.SEQUENCES ?? (process.env.REQUIRE_SERVICES === '1' ? 300 : 60));
const SEED = process.env.SEED !== undefined ? Number(process.env.SEED) : process.env.SEQUENCES === undefined ? 1 : undefined;
const MOST_STEPS = 14;

const PASSWORDS = ['Chosen by One 1', 'Chosen by Two 2', 'Chosen by Three 3'] as const;
const FREE = { limit: 1_000_000, window: '1h' };

type Provider = 'google' | 'oidc';
/** `box`: one of two mailboxes; `who`: one of two browsers, each with the session it got last; `old`: a link of before the last. */
type Step =
  | { readonly does: 'signs up' | 'resets'; readonly box: number; readonly password: number; readonly old?: boolean }
  | { readonly does: 'forgets' | 'asks again'; readonly box: number }
  | { readonly does: 'verifies'; readonly box: number; readonly old: boolean }
  | { readonly does: 'comes by'; readonly who: number; readonly box: number; readonly provider: Provider; readonly verified: boolean }
  | { readonly does: 'types a password'; readonly who: number; readonly box: number; readonly password: number }
  | { readonly does: 'sets a password' | 'wants an address'; readonly who: number; readonly box: number; readonly password: number }
  | { readonly does: 'unlinks'; readonly who: number; readonly provider: Provider };

const two = fc.nat({ max: 1 });
const password = fc.nat({ max: PASSWORDS.length - 1 });
const provider = fc.constantFrom<Provider>('google', 'oidc');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ does: fc.constant('signs up' as const), box: two, password }),
  fc.record({ does: fc.constant('resets' as const), box: two, password, old: fc.boolean() }),
  fc.record({ does: fc.constantFrom('forgets' as const, 'asks again' as const), box: two }),
  fc.record({ does: fc.constant('verifies' as const), box: two, old: fc.boolean() }),
  fc.record({ does: fc.constant('comes by' as const), who: two, box: two, provider, verified: fc.boolean() }),
  fc.record({ does: fc.constant('types a password' as const), who: two, box: two, password }),
  fc.record({ does: fc.constantFrom('sets a password' as const, 'wants an address' as const), who: two, box: two, password }),
  fc.record({ does: fc.constant('unlinks' as const), who: two, provider }),
);

interface Row {
  readonly id: string;
  readonly email: string | undefined;
  readonly proven: boolean;
  readonly status: string;
  readonly hasPassword: boolean;
  readonly links: readonly string[];
}

/** What stands in the two kinds of table, in the same words. */
const TABLES = {
  'our own users': 'SELECT id, email, email_verified AS proven, status, password_hash AS hash FROM users',
  members: 'SELECT id, email, proven, state AS status, password AS hash FROM members',
} as const;

const SETUPS: Readonly<Record<keyof typeof TABLES, (sequelize: Sequelize) => Promise<HostSetup>>> = {
  'our own users': async () => ({}),
  members: memberHost({
    columns: {
      email: { type: DataTypes.STRING(254), unique: true, allowNull: false },
      state: { type: DataTypes.STRING(20), allowNull: false, defaultValue: 'active' },
      proven: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: false },
    },
    users: { status: 'state', emailVerified: 'proven' },
  }),
};

const isNobodysAddress = (email: string) => email.endsWith('@address.invalid');
const said = ({ status, text }: HttpAnswer) => `${status} ${text.slice(0, 160)}`;
const isDone = ({ json }: HttpAnswer) => {
  const [code, success]: readonly unknown[] = [json?.code, json?.success];
  return code === 0 || success === true;
};

for (const name of Object.keys(TABLES) as (keyof typeof TABLES)[]) {
  describe(`No sequence of sign-ups and links by mail, with ${name},`, () => {
    let providers: Readonly<Record<Provider, OpenIdProvider>>;
    let host: RestartableHost;
    const sent: Mail[] = [];
    let asked = 0;

    before(async () => {
      const alg = 'ES256';
      const [google, oidc] = await Promise.all([startOpenIdProvider({ alg }), startOpenIdProvider({ alg })]);
      providers = { google, oidc };
      const mail: LatchkeyOptions['mail'] = {
        from: 'club@example.test',
        transport: {
          async send(each) {
            sent.push(each);
          },
          close: () => undefined,
        },
      };
      const calls = ['register', 'verifyEmail', 'resendVerification', 'forgotPassword', 'resetPassword', 'changeEmail', 'me'];
      const limited = ['unlink', 'refresh', 'password', 'prepare', 'finish', 'mail'];
      const free = (names: readonly string[]) => Object.fromEntries(names.map((each) => [each, FREE]));
      host = await openRestartableHost({
        database: 'sqlite',
        host: async (sequelize) => {
          const { options, routes } = await SETUPS[name](sequelize);
          const rateLimits = { ...free(limited), biore: free(calls) };
          return { ...(routes === undefined ? {} : { routes }), options: { ...options, mail, rateLimits } };
        },
      });
      const clientOf = ({ issuer, clientId, clientSecret }: OpenIdProvider) => ({ issuer, clientId, clientSecret });
      await host.run({ providers: { google: clientOf(google), oidc: clientOf(oidc) } });
    });
    after(async () => {
      await host.close();
      await Promise.all(Object.values(providers).map((each) => each.close()));
    });

    async function rows(): Promise<ReadonlyMap<string, Row>> {
      const read = <T extends object>(sql: string) => host.sequelize.query<T>(sql, { type: QueryTypes.SELECT });
      const links = await read<{ user_id: number; provider: string }>('SELECT user_id, provider FROM social_links');
      const users = await read<{ id: number; email: string | null; proven: unknown; status: string; hash: string | null }>(TABLES[name]);
      return new Map(
        users.map(({ id, email, proven, status, hash }) => {
          const own = links.filter(({ user_id }) => user_id === id).map((link) => link.provider);
          const known = email === null || isNobodysAddress(email) ? undefined : email;
          return [String(id), { id: String(id), email: known, proven: Boolean(proven), status, hasPassword: Boolean(hash), links: own }];
        }),
      );
    }

    /** One table of people for all sequences: each has addresses of its own. */
    async function play(steps: readonly Step[]): Promise<void> {
      const boxes = [0, 1].map(() => `${newTag()}@example.test`);
      const boxOf = (index: number) => boxes[index] ?? '';
      const subject = ({ box, provider: by, verified }: { box: number; provider: Provider; verified: boolean }) => ({
        ...{ sub: `${by}-${verified}-${boxOf(box)}`, email: boxOf(box), email_verified: verified },
      });
      const clients: (ApiClient | undefined)[] = [];
      const told: string[] = [];
      const post = (path: string, body: object, by = new ApiClient(host.base)) => by.call('POST', path, body);

      /** A link is written after the answer to who asked for it, and mailed after that. */
      async function settled(): Promise<void> {
        for (const deadline = Date.now() + 10_000; Date.now() < deadline; await pause(4)) {
          const [row] = await host.sequelize.query<{ written: number; unsent: number }>(
            `SELECT (SELECT COUNT(*) FROM audit_events WHERE event LIKE 'auth.%.requested' AND event <> 'auth.change_email.requested') AS written,
              (SELECT COUNT(*) FROM outbox_messages WHERE sent_at IS NULL) AS unsent`,
            { type: QueryTypes.SELECT },
          );
          if (row?.written === asked && row.unsent === 0) return;
        }
        throw new Error('What was asked for was not written or mailed');
      }

      async function linkIn(box: number, page: 'verify' | 'reset', old: boolean): Promise<string> {
        await settled();
        const found = sent.flatMap(({ to, text }) => {
          const token = to === boxOf(box) ? new RegExp(`/auth/${page}\\?token=([\\w-]{43})`).exec(text)?.[1] : undefined;
          return token === undefined ? [] : [token];
        });
        return found.at(old ? -2 : -1) ?? 'none';
      }

      /** What is written down as asked for: every forgotten password and link, and a sign-up that is repeated. */
      async function asking(call: Promise<HttpAnswer>): Promise<HttpAnswer> {
        const answer = await call;
        const code: unknown = answer.json?.code;
        if (code === undefined || code === 40033) asked += 1;
        return answer;
      }

      async function take(each: Step): Promise<string> {
        switch (each.does) {
          case 'signs up':
            return said(await asking(post('/user', { email: boxOf(each.box), password: PASSWORDS[each.password] })));
          case 'forgets':
            return said(await asking(post('/api/v1/auth/forgot-password', { email: boxOf(each.box) })));
          case 'asks again':
            return said(await asking(post('/api/v1/auth/resend-verification', { email: boxOf(each.box) })));
          case 'resets': {
            const token = await linkIn(each.box, 'reset', each.old === true);
            return said(await post('/api/v1/auth/reset-password', { token, newPassword: PASSWORDS[each.password] }));
          }
          case 'verifies':
            return said(await post('/api/v1/auth/verify-email', { token: await linkIn(each.box, 'verify', each.old) }));
          case 'comes by': {
            const client = new ApiClient(host.base);
            const back = await client.visit(each.provider, providers[each.provider], subject(each));
            const answer = await client.finish(each.provider, back);
            clients[each.who] = client.keep(answer) ?? clients[each.who];
            return said(answer);
          }
          case 'types a password': {
            const client = new ApiClient(host.base);
            const answer = await post('/session/token', { email: boxOf(each.box), password: PASSWORDS[each.password] }, client);
            clients[each.who] = client.keep(answer) ?? clients[each.who];
            return said(answer);
          }
          case 'sets a password': {
            const client = clients[each.who];
            return client === undefined ? 'nobody' : said(await client.setPassword(PASSWORDS[each.password] ?? '', PASSWORDS[each.box]));
          }
          case 'wants an address': {
            const body = { newEmail: boxOf(each.box), password: PASSWORDS[each.password] };
            const client = clients[each.who];
            return client === undefined ? 'nobody' : said(await post('/api/v1/users/change-email', body, client));
          }
          case 'unlinks':
            return clients[each.who] === undefined ? 'nobody' : said((await clients[each.who]?.unlink(each.provider)) as HttpAnswer);
        }
      }

      let before = await rows();
      for (const each of steps) {
        told.push(`${JSON.stringify(each)} → ${await take(each)}`);
        const story = `${boxes.join(', ')}\n${told.join('\n')}`;
        expect(told.at(-1), story).not.to.match(/→ (?:500|503)|"code":-1|"code":50001/);
        const now = await rows();
        for (const row of now.values()) {
          const was = before.get(row.id);
          const enters = row.links.length > 0 || (row.hasPassword && row.email !== undefined);
          if (row.status === 'active') expect(enters, `${JSON.stringify(row)} has no way in\n${story}`).to.equal(true);
          if (was?.status !== 'active') continue;
          const change = `${JSON.stringify(was)} became ${JSON.stringify(row)}\n${story}`;
          // Only what was never more than a password at an address that was typed becomes nobody's.
          if (row.status !== 'active') expect([was.links.length, was.proven], change).to.deep.equal([0, false]);
          // A proven address goes by its owner's own link, to another one that is proven.
          if (was.proven && row.email !== was.email) expect([each.does, row.proven], change).to.deep.equal(['verifies', true]);
          if (was.proven) expect(row.proven, change).to.equal(true);
        }
        const held = [...now.values()].flatMap(({ email, status }) => (email === undefined || status !== 'active' ? [] : [email]));
        expect(new Set(held).size, `an address with two owners\n${story}`).to.equal(held.length);
        before = now;
      }

      // Whoever reads the mail of an address that is proven gets in, and into that account alone.
      for (const [box, email] of boxes.entries()) {
        const owner = [...before.values()].find((row) => row.email === email && row.proven && row.status === 'active');
        if (owner === undefined) continue;
        await post('/api/v1/auth/forgot-password', { email });
        asked += 1;
        const chosen = 'Chosen by the Owner 4';
        const done = await post('/api/v1/auth/reset-password', { token: await linkIn(box, 'reset', false), newPassword: chosen });
        const story = `${boxes.join(', ')}\n${told.join('\n')}`;
        expect(isDone(done), `${said(done)}\n${story}`).to.equal(true);
        const entered = await post('/session/token', { email, password: chosen });
        expect(isDone(entered), `${said(entered)}\n${story}`).to.equal(true);
        for (const guess of PASSWORDS) {
          expect(isDone(await post('/session/token', { email, password: guess })), `a password of before\n${story}`).to.equal(false);
        }
      }
    }

    it(`takes an account from its owner (${RUNS} sequences)`, async () => {
      await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: MOST_STEPS }), play), {
        numRuns: RUNS,
        ...(SEED === undefined ? {} : { seed: SEED }),
      });
    }).timeout(60_000 + RUNS * 3_000);
  });
}

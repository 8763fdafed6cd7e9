// Every documented failure, in every dialect: what it says, what it leaves unchanged, what is written down.

import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { expectAnswer } from '../support/answer-schema.js';
import { ApiClient } from '../support/client.js';
import type { HttpAnswer } from '../support/http-request.js';
import { person } from '../support/person.js';
import { describeOn } from '../support/services.js';
import type { Stage } from '../support/stage.js';
import { type Call, type Failure, type Given, openWorld, SCENARIOS, userIdOf, WIRE, type World } from './scenarios.js';

const ENVELOPES = { cloudreve: 'cloudreve-failure', biore: 'biore-failure', genauth: 'genauth-failure' } as const;

/** What no client may ever read. */
const INTERNAL =
  /node_modules|sequelize|\bSELECT\b|\bINSERT\b|\bUPDATE\b|SQLITE_|\bER_|\.ts\b|\.js:|file:\/\/|\n\s+at |client_secret|Error:/i;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Nothing is tried before it is known who asks, and floods are for the log. */
const NOT_WRITTEN_DOWN: readonly Failure[] = ['not signed in', 'too many'];

/** Who asks is not believed, and so not written down. */
const NOT_LET_IN: readonly Failure[] = ['token refused', 'banned', 'inactive'];

function expectWire({ dialect }: Call, failure: Failure, { status, json }: HttpAnswer): void {
  const { cloudreve, biore, genauth } = WIRE[failure];
  const always200 = failure === 'too many' ? 429 : 200;
  if (dialect === 'cloudreve') expect([status, json?.code]).to.deep.equal([always200, cloudreve]);
  if (dialect === 'biore') {
    const [httpStatus, i18nKey] = biore;
    const code = httpStatus === 401 ? 'AUTH_UNAUTHORIZED' : i18nKey.toUpperCase().replaceAll('.', '_');
    expect([status, json?.error?.i18nKey, json?.error?.code]).to.deep.equal([httpStatus, i18nKey, code]);
  }
  if (dialect === 'genauth') {
    const [statusCode, apiCode]: readonly (number | undefined)[] = genauth;
    expect([status, json?.statusCode, json?.apiCode]).to.deep.equal([always200, statusCode, apiCode]);
  }
}

const correlationIdOf = ({ json }: HttpAnswer): unknown => json?.correlation_id ?? json?.error?.correlationId ?? json?.requestId;

async function whatMustNotChange({ query }: Stage): Promise<string> {
  return JSON.stringify([await query('SELECT * FROM users ORDER BY id'), await query('SELECT * FROM social_links ORDER BY id')]);
}

const auditOf = ({ query }: Stage, correlationId: string) =>
  query<{ event: string; user_id: number | null }>('SELECT event, user_id FROM audit_events WHERE correlation_id = :correlationId', {
    correlationId,
  });

function send(base: string, token: string | undefined, { method, path, body }: Call, correlationId: string): Promise<HttpAnswer> {
  return new ApiClient(base, token).call(method, path, body, { headers: { 'x-cr-correlation-id': correlationId } });
}

describeOn(['sqlite'], 'A failure', (kind) => {
  let world: World;

  before(async function () {
    this.timeout(60_000); // Several processes start.
    world = await openWorld(kind);
  });
  after(() => world.close());

  for (const { failure, when, at = 'open', arrange, calls } of SCENARIOS) {
    describe(`${failure}: ${when}`, () => {
      let given: Given;

      before(async () => {
        given = await arrange(world);
      });

      for (const [name, callOf] of Object.entries(calls)) {
        it(name, async () => {
          const { stage } = world;
          const call = callOf(given);
          const correlationId = randomUUID();
          const before = await whatMustNotChange(stage);

          const answer = await send(world.base(at), given.by.token, call, correlationId);

          expectWire(call, failure, answer);
          expectAnswer(ENVELOPES[call.dialect], answer.json);
          expect(correlationIdOf(answer), 'correlation id').to.equal(correlationId);
          expect(answer.text, 'what the client reads').not.to.match(INTERNAL);
          if (call.dialect === 'cloudreve') expect(answer.json, 'the internal text').not.to.have.property('error');
          expect(answer.headers.get('cache-control')).to.equal('no-store');
          if (failure === 'too many') expect(Number(answer.headers.get('retry-after'))).to.be.within(1, 3600);
          expect(await whatMustNotChange(stage), 'users and links').to.equal(before);
          const written = call.tries === undefined || NOT_WRITTEN_DOWN.includes(failure) ? [] : [`${call.tries}.failure`];
          const audit = await auditOf(stage, correlationId);
          expect(audit.map(({ event }) => event)).to.deep.equal(written);
          const isKnown = given.by.token !== undefined && call.tries?.startsWith('auth.oauth') === true && !NOT_LET_IN.includes(failure);
          if (!isKnown || written.length === 0) return;
          // What makes no sense may be refused before it is asked who sent it.
          const known = [await userIdOf(stage, given.who), ...(failure === 'malformed' ? [null] : [])];
          for (const { user_id } of audit) expect(user_id).to.be.oneOf(known);
        });
      }
    });
  }

  it('gets an id of its own where the client gives none that is a UUID', async () => {
    const call: Call = { dialect: 'biore', method: 'DELETE', path: '/api/v1/auth/oauth/unlink/google' };
    for (const given of ['1', `${randomUUID()}'`, '../../etc/passwd']) {
      const id = correlationIdOf(await send(world.base('open'), undefined, call, given));
      expect(id).to.match(UUID).and.not.equal(given);
    }
  });

  it('leaves every process alive, its log without an error, and honest people signed in', async () => {
    const { stage } = world;
    for (const server of stage.servers) {
      expect((await new ApiClient(server.base).call('GET', '/healthz')).json).to.deep.equal({ status: 'ok' });
      expect(server.output()).not.to.match(/"level":[56]0/);
    }
    await stage.client().signIn('google', stage.providers.google, person());
  });
});

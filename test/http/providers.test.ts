// Every provider under every name it has in the three APIs: in, linked, listed, unlinked, kept as the last way in, switched off.

import { expect } from 'chai';
import { type AnswerName, expectAnswer } from '../support/answer-schema.js';
import { ApiClient } from '../support/client.js';
import type { HttpAnswer } from '../support/http-request.js';
import type { Person } from '../support/person.js';
import { CAST, type Cast, type CastId, NAMES, newcomer, startCast } from '../support/provider-cast.js';
import type { Server } from '../support/server.js';
import { openStage, type Stage } from '../support/stage.js';
import { extIdpId, type Failure, WIRE } from './scenarios.js';

type Dialect = 'cloudreve' | 'biore' | 'genauth';

/** Where flows are prepared and finished, and how the provider is named there. */
interface Flows {
  readonly path: string;
  readonly name: number | string;
}

/** One way to name one provider, and what can be asked by it. */
interface Naming {
  readonly id: CastId;
  readonly title: string;
  readonly dialect: Dialect;
  unlink(by: ApiClient): Promise<HttpAnswer>;
  /** How to sign in and link, where the API has a call for it. */
  readonly flows?: Flows;
}

const UNLINKED = { cloudreve: 'cloudreve-unlink', biore: 'biore-unlink', genauth: 'genauth-common-response' } as const;
const FAILED = { cloudreve: 'cloudreve-failure', biore: 'biore-failure', genauth: 'genauth-failure' } as const;

function cloudreve(id: CastId, name: number | string, prefix: string): Naming {
  const path = `${prefix}/session/openid`;
  return {
    ...{ id, dialect: 'cloudreve', flows: { path, name } },
    title: `Cloudreve${prefix === '' ? '' : ` below ${prefix}`}, ${typeof name === 'number' ? 'number' : 'id'} ${name}`,
    unlink: (by) => by.call('DELETE', `${path}/${name}`),
  };
}

function namingsOf(id: CastId): readonly Naming[] {
  const { number, biore } = NAMES[id];
  return [
    cloudreve(id, number ?? id, ''),
    cloudreve(id, id, '/api/v4'),
    ...(biore === undefined
      ? []
      : [{ id, title: `BIO.RE, ${biore}`, dialect: 'biore', unlink: (by) => by.bioreUnlink(biore) } as const satisfies Naming]),
    { id, title: `GenAuth, ${extIdpId(id)}`, dialect: 'genauth', unlink: (by) => by.genauthUnlink(extIdpId(id)) },
  ];
}

/** The documented answer, word for word of its kind. */
function expectDocumented(name: AnswerName, { status, json, text }: HttpAnswer): void {
  expect(status, text).to.equal(200);
  expectAnswer(name, json);
}

const expectUnlinked = ({ dialect }: Naming, answer: HttpAnswer) => expectDocumented(UNLINKED[dialect], answer);

function expectFailure(dialect: Dialect, failure: Failure, { status, json }: HttpAnswer): void {
  expectAnswer(FAILED[dialect], json);
  const { cloudreve: code, biore, genauth } = WIRE[failure];
  const told = {
    cloudreve: [
      [200, code],
      [status, json?.code],
    ],
    biore: [biore, [status, json?.error?.i18nKey]],
    genauth: [
      [200, genauth[0]],
      [status, json?.statusCode],
    ],
  };
  const [documented, found] = told[dialect];
  expect(found).to.deep.equal(documented);
}

const byId = (name: CastId): Flows => ({ path: '/session/openid', name });

/** How the settings name it. */
const listed = (id: CastId) => NAMES[id].number ?? id;

/** Switched off together; each one's partner is of the other half, so that it stays on. */
const FIRST_HALF: readonly CastId[] = ['logto', 'google', 'apple', 'x', 'github'];
const SECOND_HALF: readonly CastId[] = CAST.filter((id) => !FIRST_HALF.includes(id));
const isOfFirstHalf = (id: CastId) => FIRST_HALF.includes(id);

/** One that BIO.RE can name too wherever there is a choice. */
const partnerOf = (id: CastId): CastId => (isOfFirstHalf(id) ? 'qq' : 'google');

describe('Whatever the provider and its name,', () => {
  let cast: Cast;
  let stage: Stage;
  let firstHalfOff: Server;
  let secondHalfOff: Server;

  before(async function () {
    this.timeout(60_000); // Several processes start.
    cast = await startCast();
    stage = await openStage({ database: 'sqlite', config: { providers: cast.providers() } });
    firstHalfOff = await stage.start({ providers: cast.providers(FIRST_HALF) });
    secondHalfOff = await stage.start({ providers: cast.providers(SECOND_HALF) });
  });
  after(() => Promise.all([stage?.close(), cast.close()]));

  async function finish(by: ApiClient, id: CastId, who: Person, { path, name }: Flows, extra: object = {}): Promise<HttpAnswer> {
    const prepared = await by.call('PUT', path, { provider: name, ...extra });
    expectDocumented('cloudreve-prepare', prepared);
    const { code, state } = await cast.members[id].approve(String(prepared.json?.data), who);
    return await by.call('POST', path, { code, session_id: state, provider_id: name });
  }

  async function signIn(id: CastId, who: Person = newcomer(), flows: Flows = byId(id)): Promise<ApiClient> {
    const by = stage.client();
    const answer = await finish(by, id, who, flows);
    expectDocumented('cloudreve-finish-sign-in', answer);
    by.user = answer.json?.data?.user;
    by.token = String(answer.json?.data?.token?.access_token);
    return by;
  }

  async function link(by: ApiClient, id: CastId, who: Person = newcomer(), flows: Flows = byId(id)): Promise<ApiClient> {
    expectDocumented('cloudreve-finish-link', await finish(by, id, who, flows, { linking: true }));
    return by;
  }

  const identitiesOf = async (by: ApiClient): Promise<readonly unknown[]> => Array.from(Object((await by.identities()).json?.data));

  for (const id of CAST) {
    const partner = partnerOf(id);

    describe(`at ${id}`, () => {
      it('who is linked sees it in every list, and anybody sees that it is offered', async () => {
        const who = newcomer();
        const by = await link(await signIn(partner), id, who);
        expect(await by.linked()).to.have.members([listed(partner), listed(id)]);
        const identities = (await identitiesOf(by)).map((each) => {
          const { identityId, userInfoInIdp, ...others } = Object(each);
          return others;
        });
        expect(identities).to.deep.include({
          ...{ extIdpId: extIdpId(id), provider: NAMES[id].genauthType, type: 'openid' },
          ...{ userIdInIdp: who.sub, originConnIds: [id] },
        });
        const { json } = await stage.client().call('GET', '/api/v3/get-application-enabled-extidps');
        const offered = Array.from(Object(json?.data), (each) => Object(each)).map(({ identifier, extIdpId: of, type }) => [
          identifier,
          of,
          type,
        ]);
        expect(offered).to.deep.include([id, extIdpId(id), NAMES[id].genauthType]);
      });

      it('a GenAuth client gets a link to link it by, until it is linked or switched off', async () => {
        const by = await signIn(partner);
        const query = new URLSearchParams({ ext_idp_conn_identifier: id, app_id: 'app', id_token: String(by.token) });
        const path = `/api/v3/generate-link-extidp-url?${query}`;
        expect((await by.call('GET', path)).json).to.have.nested.property('data.url');
        const off = new ApiClient((isOfFirstHalf(id) ? firstHalfOff : secondHalfOff).base);
        expectFailure('genauth', 'provider off', await off.call('GET', path));
        await link(by, id);
        expectFailure('genauth', 'linked already', await by.call('GET', path));
      });

      for (const naming of namingsOf(id)) {
        describe(naming.title, () => {
          const { dialect, flows } = naming;
          const off = () => (isOfFirstHalf(id) ? firstHalfOff : secondHalfOff);

          if (flows !== undefined) {
            it('a person signs in, and is the same one the next time', async () => {
              const who = newcomer();
              const [first, again] = [await signIn(id, who, flows), await signIn(id, who, flows)];
              expect(again.user).to.deep.equal(first.user);
              expect(await again.linked()).to.deep.equal([listed(id)]);
            });

            it('a person links it, and then signs in by either', async () => {
              const [who, other] = [newcomer(), newcomer()];
              const by = await link(await signIn(partner, other), id, who, flows);
              expect((await signIn(id, who, flows)).user?.id).to.equal(by.user?.id);
              expect((await signIn(partner, other)).user?.id).to.equal(by.user?.id);
            });

            it('switched off, nobody signs in or links by it, and who began before does not finish', async () => {
              const by = await signIn(partner);
              const [anybody, here] = [new ApiClient(off().base), new ApiClient(off().base, by.token)];
              const prepare = { provider: flows.name };
              expectFailure('cloudreve', 'provider off', await anybody.call('PUT', flows.path, prepare));
              expectFailure('cloudreve', 'provider off', await here.call('PUT', flows.path, { ...prepare, linking: true }));
              const prepared = await stage.client().call('PUT', flows.path, prepare);
              const { code, state } = await cast.members[id].approve(String(prepared.json?.data), newcomer());
              const finishing = { code, session_id: state, provider_id: flows.name };
              expectFailure('cloudreve', 'provider off', await anybody.call('POST', flows.path, finishing));
              expect(await by.linked()).to.deep.equal([listed(partner)]);
            });
          }

          it('a person unlinks it, which cannot be done twice, and then it finds nobody', async () => {
            const who = newcomer();
            const by = await link(await signIn(partner), id, who);
            expectUnlinked(naming, await naming.unlink(by));
            expect(await by.linked()).to.deep.equal([listed(partner)]);
            expect(await identitiesOf(by)).to.have.length(1);
            expectFailure(dialect, 'not linked', await naming.unlink(by));
            expect((await signIn(id, { ...who, email: newcomer().email })).user?.id).not.to.equal(by.user?.id);
          });

          it('the last way in stays', async () => {
            const who = newcomer();
            const by = await signIn(id, who);
            expectFailure(dialect, 'last way in', await naming.unlink(by));
            expect(await by.linked()).to.deep.equal([listed(id)]);
            expect((await signIn(id, who)).user?.id).to.equal(by.user?.id);
          });

          it('switched off, it does not count: the other link stays, and this one may go', async () => {
            const by = await link(await signIn(partner), id);
            const here = new ApiClient(off().base, by.token);
            for (const other of namingsOf(partner)) expectFailure(other.dialect, 'last way in', await other.unlink(here));
            expect(await here.linked()).to.have.members([listed(partner), listed(id)]);
            expectUnlinked(naming, await naming.unlink(here));
            expect(await here.linked()).to.deep.equal([listed(partner)]);
          });

          it('while the other one is switched off, it is the last way in', async () => {
            const by = await link(await signIn(partner), id);
            const here = new ApiClient((isOfFirstHalf(id) ? secondHalfOff : firstHalfOff).base, by.token);
            expectFailure(dialect, 'last way in', await naming.unlink(here));
            expect(await by.linked()).to.have.members([listed(partner), listed(id)]);
          });

          it('switched off, a link that is all there is may go too', async () => {
            const by = await signIn(id);
            expectUnlinked(naming, await naming.unlink(new ApiClient(off().base, by.token)));
            expect(await by.linked()).to.deep.equal([]);
          });
        });
      }
    });
  }

  it('BIO.RE knows three, and says of the others that they are not on', async () => {
    for (const id of CAST.filter((one) => NAMES[one].biore === undefined)) {
      const by = await link(await signIn(partnerOf(id)), id);
      expectFailure('biore', 'provider off', await by.bioreUnlink(id));
      expect(await by.linked()).to.include(listed(id));
    }
  });

  it('a person links all of them, and unlinks all but the last', async () => {
    const [first, ...others] = CAST;
    const by = await signIn(first);
    for (const id of others) await link(by, id);
    expect(await by.linked()).to.have.members(CAST.map(listed));
    for (const id of CAST.slice(0, -1)) expect((await by.unlink(id)).json).to.include({ code: 0 });
    expectFailure('cloudreve', 'last way in', await by.unlink('acme'));
    expect(await by.linked()).to.deep.equal(['acme']);
  });
});

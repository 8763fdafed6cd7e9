// Tencent QQ Connect on loopback, quirks included: errors on status 200, three formats, all of them called HTML.

import { randomBytes, randomUUID } from 'node:crypto';
import { startEmulatorServer } from './emulator-server.js';
import { Answer, type RecordedRequest, redirect } from './http-answer.js';
import { readRedirect } from './oauth-wire.js';
import { type Person, person } from './person.js';

type Fields = Readonly<Record<string, string>>;
type Json = Readonly<Record<string, unknown>>;
type Hook = (honest: Json) => unknown;

/** How token and `me` are written: as `fmt` asks (and else as the documents say), or always in one way. */
export type QqFormat = 'as asked' | 'jsonp' | 'urlencoded' | 'json';

/** Each may change what is answered: by returning other fields or an `Answer`, by throwing (status 500), or by never settling. */
export interface QqBend {
  redirect?: (honest: Fields) => Fields;
  token?: Hook;
  me?: Hook;
  userInfo?: Hook;
}

/** What the redirect back carries; QQ knows nothing of `iss`. */
export interface QqRedirect {
  readonly code: string;
  readonly state: string;
}

export interface QqEmulatorOptions {
  /** An app id. */
  readonly clientId?: string;
  /** An app key; default: one full of reserved characters. */
  readonly clientSecret?: string;
  /** Whether Tencent has granted this app union ids. Default true. */
  readonly givesUnionId?: boolean;
}

export interface QqEmulator {
  readonly clientId: string;
  readonly clientSecret: string;
  /** As the configuration takes them. */
  readonly endpoints: { readonly authorization: string; readonly token: string; readonly openId: string; readonly userInfo: string };
  format: QqFormat;
  readonly bend: QqBend;
  /** Every request so far, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** How many requests came to a path, e.g. `/oauth2.0/token`. */
  count(path: string): number;
  /** Follows the authorization URL as this person: `sub` is the open id, `unionid` the union id, `picture` the avatar. */
  approve(authorizationUrl: string, who?: Person): Promise<QqRedirect>;
  /** The same, but the person says no. */
  refuse(authorizationUrl: string): Promise<{ readonly error: string; readonly state: string }>;
  close(): Promise<void>;
}

const CODE_TTL_MS = 10 * 60_000;
const TICKET_HEADER = 'x-test-ticket';
const TOKEN = '/oauth2.0/token';
const ME = '/oauth2.0/me';

interface Grant {
  readonly request: Fields;
  readonly person: Person;
  readonly at: number;
}

const called = (text: string) => new Answer(200, text, { 'content-type': 'text/html; charset=utf-8' });
const jsonp = (fields: Json) => `callback( ${JSON.stringify(fields)} );\n`;
const form = (fields: Json) =>
  new URLSearchParams(Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]))).toString();

const error = (number: number, description: string): Json => ({ error: number, error_description: description });

/** The one way in which somebody's union id differs from their open id here. */
export const unionIdOf = ({ sub, unionid }: Person): unknown => unionid ?? `UID_${sub}`;

/** Starts QQ on a free port; each is a world of its own. */
export async function startQqEmulator(options: QqEmulatorOptions = {}): Promise<QqEmulator> {
  const { clientId = '101284669', clientSecret = 'app/key+=%&: 1', givesUnionId = true } = options;
  const bend: QqBend = {};
  const requests: RecordedRequest[] = [];
  const tickets = new Map<string, Person | 'refuse'>();
  const grants = new Map<string, Grant>();
  const spent = new Set<string>();
  const accessTokens = new Map<string, Grant>();
  /** By refresh token: a newer one ends it. */
  const refreshable = new Map<string, Grant>();
  let format: QqFormat = 'as asked';

  /** Errors of token and `me` are JSONP by default, a token is a form by default. */
  function write(path: string, fields: Json, fmt: string | undefined): Answer {
    const usual = path === TOKEN && fields.error === undefined ? 'urlencoded' : 'jsonp';
    const chosen = format === 'as asked' ? (fmt === 'json' ? 'json' : usual) : format;
    if (chosen === 'json') return called(JSON.stringify(fields));
    return called(chosen === 'jsonp' ? jsonp(fields) : form(fields));
  }

  const written = async (path: string, hook: Hook | undefined, honest: Json, fmt: string | undefined): Promise<unknown> => {
    const bent: unknown = hook === undefined ? honest : await hook(honest);
    return bent instanceof Answer ? bent : write(path, Object(bent), fmt);
  };

  const authorize = ({ query, headers }: RecordedRequest) => {
    const { redirect_uri: target, client_id, response_type, scope, state } = query;
    if (response_type !== 'code') return called(jsonp(error(100000, 'response_type is wrong')));
    if (client_id !== clientId) return called(jsonp(error(100008, 'appid does not exist')));
    if (target === undefined || state === undefined || state === '') return called(jsonp(error(100010, 'redirect uri is illegal')));
    // A scope with spaces names one interface that does not exist.
    if (!scope?.split(',').every((one) => /^[a-z_]+$/.test(one))) return called(jsonp(error(100027, 'scope is wrong')));
    const ticket = String(headers[TICKET_HEADER]);
    const who = tickets.get(ticket) ?? person();
    tickets.delete(ticket);
    const location = new URL(target);
    const code = randomBytes(16).toString('hex').toUpperCase();
    if (who !== 'refuse') grants.set(code, { request: query, person: who, at: Date.now() });
    const honest = who === 'refuse' ? { error: 'access_denied', error_description: 'no', state } : { code, state };
    for (const [name, value] of Object.entries(bend.redirect?.(honest) ?? honest)) location.searchParams.set(name, value);
    return redirect(location);
  };

  function tokensFor(grant: Grant): Json {
    const [accessToken, refreshToken] = [0, 1].map(() => randomBytes(16).toString('hex').toUpperCase()) as [string, string];
    accessTokens.set(accessToken, grant);
    refreshable.set(refreshToken, grant);
    return { access_token: accessToken, expires_in: '7776000', refresh_token: refreshToken };
  }

  function tokenFields({ code = '', refresh_token = '', ...query }: Fields): Json {
    if (!['authorization_code', 'refresh_token'].includes(query.grant_type ?? '')) return error(100004, 'grant_type is wrong');
    if (query.client_id !== clientId) return error(100008, 'appid does not exist');
    if (query.client_secret !== clientSecret) return error(100009, 'client_secret is wrong');
    if (query.grant_type === 'refresh_token') {
      const grant = refreshable.get(refresh_token);
      refreshable.delete(refresh_token);
      return grant === undefined ? error(100013, 'access token is illegal') : tokensFor(grant);
    }
    if (spent.has(code)) return error(100020, 'code is reused error');
    const grant = grants.get(code);
    if (grant === undefined || Date.now() - grant.at > CODE_TTL_MS) return error(100019, 'code to access token error');
    if (grant.request.redirect_uri !== query.redirect_uri) return error(100010, 'redirect uri is illegal');
    grants.delete(code);
    spent.add(code);
    return tokensFor(grant);
  }

  function meFields({ access_token, unionid }: Fields): Json {
    if (access_token === undefined) return error(100007, 'param access_token is wrong or lost');
    const grant = accessTokens.get(access_token);
    if (grant === undefined) return error(100016, 'access token check failed');
    const honest = { client_id: clientId, openid: grant.person.sub };
    if (unionid !== '1') return honest;
    if (!givesUnionId || !grant.request.scope?.split(',').includes('get_unionid')) return error(100048, 'no permission of unionid');
    return { ...honest, unionid: unionIdOf(grant.person) };
  }

  function userInfoFields({ access_token = '', oauth_consumer_key, openid }: Fields): Json {
    const grant = accessTokens.get(access_token);
    if (grant === undefined) return { ret: 100016, msg: 'access token check failed' };
    if (oauth_consumer_key !== clientId) return { ret: 100008, msg: 'client id is illegal' };
    if (openid !== grant.person.sub) return { ret: 100030, msg: 'openid is wrong' };
    const { name = '', picture } = grant.person;
    const pictures =
      picture === undefined
        ? { figureurl_qq_1: 'http://thirdqq.example/g?s=40', figureurl_qq_2: '' }
        : { figureurl_qq_1: `${picture}?s=40`, figureurl_qq_2: picture };
    return {
      ...{ ret: 0, msg: '', is_lost: 0, nickname: name, gender: '男', gender_type: 1, province: '', city: '', year: '1990' },
      ...{ figureurl: 'http://qzapp.example/30', figureurl_1: 'http://qzapp.example/50', figureurl_2: 'http://qzapp.example/100' },
      ...pictures,
    };
  }

  const routes = new Map<string, (request: RecordedRequest) => unknown>([
    ['GET /oauth2.0/authorize', authorize],
    [`GET ${TOKEN}`, ({ query }) => written(TOKEN, bend.token, tokenFields(query), query.fmt)],
    [`GET ${ME}`, ({ query }) => written(ME, bend.me, meFields(query), query.fmt)],
    [
      'GET /user/get_user_info',
      async ({ query }) => {
        const honest = userInfoFields(query);
        const bent: unknown = bend.userInfo === undefined ? honest : await bend.userInfo(honest);
        return bent instanceof Answer ? bent : called(JSON.stringify(bent));
      },
    ],
  ]);

  const server = await startEmulatorServer({ routes, requests });

  const { origin, close } = server;

  async function visit(authorizationUrl: string, who: Person | 'refuse'): Promise<Fields> {
    const ticket = randomUUID();
    tickets.set(ticket, who);
    return readRedirect(await server.visit(authorizationUrl, { [TICKET_HEADER]: ticket }));
  }

  return {
    clientId,
    clientSecret,
    endpoints: {
      authorization: `${origin}/oauth2.0/authorize`,
      token: origin + TOKEN,
      openId: origin + ME,
      userInfo: `${origin}/user/get_user_info`,
    },
    get format() {
      return format;
    },
    set format(value) {
      format = value;
    },
    bend,
    requests,
    count: (path) => requests.filter((request) => request.path === path).length,
    async approve(authorizationUrl, who = person()) {
      const { code, state } = await visit(authorizationUrl, who);
      if (code === undefined || state === undefined) throw new Error('QQ did not approve');
      return { code, state };
    },
    async refuse(authorizationUrl) {
      const { error: refusal = '', state = '' } = await visit(authorizationUrl, 'refuse');
      return { error: refusal, state };
    },
    close,
  };
}

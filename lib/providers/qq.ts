// Tencent QQ Connect: OAuth 2.0 with commas in the scope, no PKCE, and errors with status 200 in varying formats.

import { closedObject } from '../support/closed-object.js';
import { flag, text } from '../support/scalars.js';
import { endpoint } from '../support/web-address.js';
import { expiryOf, GrantRefused, optional } from './answers.js';
import type { OAuthService, ProviderAnswer } from './oauth-service.js';
import { openIdProfile } from './openid-profile.js';
import type { OAuthProvider } from './provider.js';
import type { OAuthConfig } from './provider-config.js';
import type { CommonProviderOptions } from './provider-options.js';
import { clientOptions, type Shape, schemaOf } from './provider-schema.js';

/** Tencent QQ Connect. */
export interface QqOptions extends CommonProviderOptions {
  readonly type?: 'qq';
  /** The application key. Required. */
  readonly clientSecret: string;
  /** True: a person is identified by `unionid` (one per developer) instead of `openid` (one per application). Default false. */
  readonly useUnionId?: boolean;
  /** Each defaults to that of the real service on graph.qq.com. https, or http to a loopback host. */
  readonly endpoints?: {
    readonly authorization?: string;
    readonly token?: string;
    readonly openId?: string;
    readonly userInfo?: string;
  };
}

export interface QqConfig extends OAuthConfig {
  readonly clientSecret: string;
  readonly useUnionId: boolean;
  readonly endpoints: Required<NonNullable<QqOptions['endpoints']>>;
}

/** Of the union ids of one developer account. */
const UNION_IDS = 'unionid';

type Fields = Readonly<Record<string, unknown>>;

/** Largest first; not everybody has each of them. */
const PICTURES = ['figureurl_qq_2', 'figureurl_qq_1', 'figureurl_2', 'figureurl_1', 'figureurl'] as const;

/** JSONP around JSON, bare JSON or a form, told apart by the text: the content type is always HTML, and `fmt=json` a mere wish. */
function parse(text: string): Fields {
  const bare = text
    .trim()
    .replace(/^callback\(\s*/, '')
    .replace(/\s*\);?$/, '');
  return bare.startsWith('{') ? JSON.parse(bare) : Object.fromEntries(new URLSearchParams(bare));
}

/** QQ's errors are integers; a text is not worth repeating. */
const named = (error: unknown) => (/^-?\d{1,9}$/.test(String(error)) ? String(error) : 'an error');

/** What it says of a code, or of a token to refresh with, that it does not take. */
const REFUSALS: readonly string[] = ['100005', '100013', '100014', '100015', '100019', '100020'];

/** Token and `me` say `error`, the profile says `ret`. */
function fieldsOf({ status, text }: ProviderAnswer): Fields {
  if (status !== 200) throw new Error(`QQ answered status ${status}`);
  const fields = parse(text);
  if (optional(fields.error) !== undefined) {
    const said = `QQ answered ${named(fields.error)}`;
    throw REFUSALS.includes(named(fields.error)) ? new GrantRefused(said) : new Error(said);
  }
  if (fields.ret !== undefined && fields.ret !== 0) throw new Error(`QQ answered ${named(fields.ret)}`);
  return fields;
}

function required(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string' || value === '') throw new Error(`${name} is missing`);
  return value;
}

/** The wiki of QQ Connect: steps 1 to 3 of "Using Authorization Code", `me` with union ids, and `get_user_info`. */
function service({ clientId, clientSecret, useUnionId, scope, endpoints }: QqConfig): OAuthService {
  return {
    // An open id is one per app, a union id one per developer account.
    namespace: useUnionId ? UNION_IDS : `openid:${clientId}`,
    authorizationEndpoint: endpoints.authorization,
    // Without `get_unionid` nobody would get in, so that one is not the host's to leave out.
    scope: [...new Set([...(scope ?? ['get_user_info']), ...(useUnionId ? ['get_unionid'] : [])])],
    scopeSeparator: ',',
    pkce: false,
    tokenRequest: ({ code, redirectUri }) => ({
      endpoint: endpoints.token,
      query: {
        grant_type: 'authorization_code',
        client_id: clientId,
        client_secret: clientSecret,
        code,
        redirect_uri: redirectUri,
        fmt: 'json',
      },
    }),
    refreshRequest: (refreshToken) => ({
      endpoint: endpoints.token,
      query: { grant_type: 'refresh_token', client_id: clientId, client_secret: clientSecret, refresh_token: refreshToken, fmt: 'json' },
    }),
    tokens(answer) {
      const fields = fieldsOf(answer);
      return {
        accessToken: required(fields, 'access_token'),
        refreshToken: optional(fields.refresh_token) === undefined ? undefined : required(fields, 'refresh_token'),
        ...expiryOf(fields.expires_in),
      };
    },
    async whose(accessToken, ask) {
      const token = { access_token: accessToken };
      const me = fieldsOf(
        await ask({ endpoint: endpoints.openId, query: { ...token, ...(useUnionId ? { unionid: '1' } : {}), fmt: 'json' } }),
      );
      // A token that was made for another app opens `me` too.
      if (me.client_id !== clientId) throw new Error('the token is not for this client');
      const openid = required(me, 'openid');
      const subject = useUnionId ? required(me, 'unionid') : openid;
      const about = fieldsOf(await ask({ endpoint: endpoints.userInfo, query: { ...token, oauth_consumer_key: clientId, openid } }));
      if (about.ret !== 0) throw new Error('the profile is not valid');
      const picture = PICTURES.map((name) => openIdProfile({ picture: about[name] }).picture).find((url) => url !== undefined);
      return { subject, profile: openIdProfile({ name: about.nickname, picture }) };
    },
  };
}

export const qq: OAuthProvider<QqOptions, QqConfig> = {
  protocol: 'oauth',
  names: { displayName: 'QQ', genAuthType: 'qq', cloudreveNumber: 1 },
  schema(given) {
    const endpoints = closedObject({
      authorization: endpoint().default('https://graph.qq.com/oauth2.0/authorize'),
      token: endpoint().default('https://graph.qq.com/oauth2.0/token'),
      openId: endpoint().default('https://graph.qq.com/oauth2.0/me'),
      userInfo: endpoint().default('https://graph.qq.com/user/get_user_info'),
    } satisfies Shape<QqConfig['endpoints']>).prefault({});
    const options = { ...clientOptions(given), clientSecret: text(), useUnionId: flag().default(false), endpoints };
    return schemaOf(options satisfies Shape<QqOptions>);
  },
  mayTellNoAddress: true,
  service,
  /** One per developer, or one per app; of a link of before it was kept the configuration says which. */
  subjectType({ useUnionId }, namespace) {
    const isUnionId = namespace === undefined ? useUnionId : namespace === UNION_IDS;
    return isUnionId ? 'unionid' : 'openid';
  },
};

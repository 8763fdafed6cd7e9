// The schemas themselves: they take the documents' own examples, and nothing that a client would stumble over.

import { expect } from 'chai';
import { type AnswerName, expectAnswer } from '../support/answer-schema.js';

const UUID = 'b4351ecc-ee1a-4455-bc94-2c3dbcc58538';

const AUTHORIZATION_URL =
  'https://kqyhaj.logto.app/oidc/auth?client_id=negu9t0i5imx005vfd9hs&code_challenge=tWQ6Q2M4Ejkt9gwURhyBVxrtT7gfnbxe59ia-J8NuuE' +
  '&code_challenge_method=S256&prompt=consent&redirect_uri=http://127.0.0.1:5212/callback/openid/0&response_type=code' +
  '&scope=openid offline_access profile email&state=fbc710af-6a46-49e9-9a0c-59123163f941';

const GROUP = { id: '1AI8', name: 'Admin', permission: '/f8B', direct_link_batch_size: 10, trash_retention: 864000 };

const USER = {
  id: '6JIo',
  email: 'Cassidy.Hagenes@gmail.com',
  nickname: 'Johnny Zhang',
  created_at: '2023-08-06T19:21:59+08:00',
  anonymous: true,
  group: GROUP,
  status: 'active',
  avatar: 'file',
  preferred_theme: '#131313',
  credit: 98,
  language: 'en-US',
};

const TOKEN = {
  access_token:
    'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoiYWNjZXNzIiwic3ViIjoibHB1YSIsImV4cCI6MTc0NTY1NDMwOCwibmJmIjoxNzQ1NjUwNzA4fQ.n2z8AY-A9GC-CymOsLSA8ruV3vYgNJd27MXRcm4bVu8',
  access_expires: '2025-04-26T15:58:28.456762+08:00',
  refresh_token:
    'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCIsInN1YiI6ImxwdWEiLCJleHAiOjE3NjEyMDI3MDgsIm5iZiI6MTc0NTY1MDcwOCwic3RhdGVfaGFzaCI6Ikk1OCtSbmsrTHVpTkxBbjBqek9KNG45OUorV3hqL0pzbjJoRVYrUXBhelE9In0.KoechX6_A2NeVcfFAlHkRLk572hjPKepP0XWfbvBxZY',
  refresh_expires: '2025-10-23T14:58:28.456762+08:00',
};

const SIGNED_IN = { data: { user: USER, token: TOKEN }, code: 0, msg: '' };

const BIORE_FAILURE = {
  success: false,
  error: {
    code: 'AUTH_UNAUTHORIZED',
    message: 'Invalid credentials',
    i18nKey: 'auth.login.invalid_credentials',
    i18nVars: { field: 'email' },
    details: [{ message: 'email must be an email' }],
    correlationId: 'a1b2c3d4-e5f6-7890-abcd-ef1234567890',
  },
};

const notLinked = (error: object) => ({
  success: false,
  error: { code: 'AUTH_OAUTH_NOT_LINKED', message: 'Not linked', i18nKey: 'auth.oauth.not_linked', correlationId: UUID, ...error },
});

const prepared = (data: unknown) => ({ code: 0, data, msg: '' });
const withUser = (change: object) => ({ ...SIGNED_IN, data: { user: { ...USER, ...change }, token: TOKEN } });
const withToken = (change: object) => ({ ...SIGNED_IN, data: { user: USER, token: { ...TOKEN, ...change } } });

function without(record: object, ...names: readonly string[]): object {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}

interface Samples {
  readonly good: Readonly<Record<string, unknown>>;
  readonly bent: Readonly<Record<string, unknown>>;
}

const DONE: Samples = {
  good: { "the document's example": { code: 0, msg: '' } },
  bent: {
    'no msg': { code: 0 },
    'data that is null': { code: 0, msg: '', data: null },
    'data that is empty': { code: 0, msg: '', data: {} },
    'a code as a string': { code: '0', msg: '' },
    'a failure': { code: 40068, msg: 'no', correlation_id: UUID },
    'a correlation id': { code: 0, msg: '', correlation_id: UUID },
    nothing: undefined,
  },
};

const REQUIRED_OF_USER = [
  'id',
  'nickname',
  'created_at',
  'anonymous',
  'group',
  'avatar',
  'preferred_theme',
  'credit',
  'language',
] as const satisfies readonly (keyof typeof USER)[];

const samples: Readonly<Record<AnswerName, Samples>> = {
  'cloudreve-prepare': {
    good: { "the document's example, percent-encoded": prepared(AUTHORIZATION_URL.replaceAll(' ', '%20')) },
    bent: {
      "the document's example, with its raw spaces": prepared(AUTHORIZATION_URL),
      'no URL': prepared('/oidc/auth?state=fbc710af-6a46-49e9-9a0c-59123163f941'),
      'a script': prepared('javascript:alert(1)?state=fbc710af-6a46-49e9-9a0c-59123163f941'),
      'a state that is no UUID': prepared('https://op.example/auth?state=1'),
      'no state': prepared('https://op.example/auth?client_id=1'),
      'no data': { code: 0, msg: '' },
      'no msg': { code: 0, data: AUTHORIZATION_URL.replaceAll(' ', '%20') },
    },
  },
  'cloudreve-finish-sign-in': {
    good: {
      "the document's example": SIGNED_IN,
      'a person of whom nothing is known': withUser({
        email: '',
        avatar: null,
        preferred_theme: '',
        credit: 0,
        language: '',
        anonymous: false,
      }),
      'a person without an address or a status': { ...SIGNED_IN, data: { user: without(USER, 'email', 'status'), token: TOKEN } },
      'view sync as the document says': withUser({ disable_view_sync: 'true', share_links_in_profile: '' }),
      'view sync as the real server says': withUser({ disable_view_sync: true, share_links_in_profile: 'hide_share' }),
    },
    bent: {
      ...Object.fromEntries(
        REQUIRED_OF_USER.map((name) => [`a user without ${name}`, { ...SIGNED_IN, data: { user: without(USER, name), token: TOKEN } }]),
      ),
      ...Object.fromEntries(Object.keys(GROUP).map((name) => [`a group without ${name}`, withUser({ group: without(GROUP, name) })])),
      ...Object.fromEntries(
        Object.keys(TOKEN).map((name) => [`no ${name}`, { ...SIGNED_IN, data: { user: USER, token: without(TOKEN, name) } }]),
      ),
      'a numeric id': withUser({ id: 1 }),
      'an empty avatar': withUser({ avatar: '' }),
      'an unknown avatar': withUser({ avatar: 'https://example.com/a.png' }),
      'an unknown status': withUser({ status: 'banned' }),
      'an address that is none': withUser({ email: 'cassidy' }),
      'the placeholder of the document': withUser({ share_links_in_profile: '[Empty string]' }),
      'a date that is none': withUser({ created_at: '2023-08-06 19:21' }),
      'a password hash': withUser({ password: 'x' }),
      'credit as a string': withUser({ credit: '98' }),
      'a boolset that is no base64': withUser({ group: { ...GROUP, permission: 'admin' } }),
      'a token that is no JWT': withToken({ access_token: 'abc' }),
      'an expiry in seconds': withToken({ refresh_expires: 1761202708 }),
      'an id token': withToken({ id_token: TOKEN.access_token }),
      'no user': { ...SIGNED_IN, data: { token: TOKEN } },
      'no data': { code: 0, msg: '' },
      'no msg': without(SIGNED_IN, 'msg'),
    },
  },
  'cloudreve-finish-link': DONE,
  'cloudreve-unlink': DONE,
  'cloudreve-failure': {
    good: {
      'a failure': { code: 40084, msg: 'no', correlation_id: UUID },
      'a failure while debugging': { code: -1, msg: 'no', error: 'why', correlation_id: UUID },
    },
    bent: {
      'a success': { code: 0, msg: '' },
      'no msg': { code: 401, correlation_id: UUID },
      'an empty msg': { code: 401, msg: '', correlation_id: UUID },
      'no correlation id': { code: 401, msg: 'no' },
      'a correlation id that is no UUID': { code: 401, msg: 'no', correlation_id: '1' },
      'a code of no table': { code: 500, msg: 'no', correlation_id: UUID },
      data: { code: 401, msg: 'no', correlation_id: UUID, data: null },
      'a stack': { code: -1, msg: 'no', correlation_id: UUID, stack: 'at' },
    },
  },
  'biore-unlink': {
    good: { "the document's example": { success: true, data: { message: 'Provider unlinked successfully' } } },
    bent: {
      'the text of any other call': { success: true, data: { message: 'Operation completed successfully' } },
      'no data': { success: true },
      'a failure': BIORE_FAILURE,
      'more data': { success: true, data: { message: 'Provider unlinked successfully', provider: 'google' } },
    },
  },
  'biore-failure': {
    good: {
      "the document's example": BIORE_FAILURE,
      'a key in capitals': notLinked({}),
    },
    bent: {
      'a success': { success: true, data: { message: 'Provider unlinked successfully' } },
      'a code of another key': notLinked({ code: 'AUTH_OAUTH_ONLY_AUTH_METHOD' }),
      'AUTH_UNAUTHORIZED for someone who is signed in': notLinked({ code: 'AUTH_UNAUTHORIZED' }),
      'a key of no table': notLinked({ i18nKey: 'auth.unknown', code: 'AUTH_UNKNOWN' }),
      'no key': { success: false, error: without(notLinked({}).error, 'i18nKey') },
      'no correlation id': { success: false, error: without(notLinked({}).error, 'correlationId') },
      'an empty message': notLinked({ message: '' }),
      'details that are no list': notLinked({ details: 'why' }),
      'a stack': notLinked({ stack: 'at' }),
      'an error beside the error': { ...notLinked({}), message: 'no' },
    },
  },
  'genauth-common-response': {
    good: {
      "the document's example": {
        statusCode: 200,
        message: 'Operation successful',
        requestId: '934108e5-9fbf-4d24-8da1-c330328abd6c',
      },
      'no request id': { statusCode: 200, message: 'Operation successful' },
    },
    bent: {
      'an apiCode': { statusCode: 200, message: '', apiCode: 2020 },
      data: { statusCode: 200, message: '', data: null },
      'no message': { statusCode: 200 },
      'a failure': { statusCode: 404, message: 'no', requestId: UUID },
    },
  },
  'genauth-failure': {
    good: {
      'nobody signed in': { statusCode: 401, apiCode: 2020, message: 'no', requestId: UUID },
      'a wrong password': { statusCode: 401, apiCode: 2333, message: 'no', requestId: UUID },
      'a banned person': { statusCode: 403, apiCode: 2005, message: 'no', requestId: UUID },
      'a cross-site request': { statusCode: 403, message: 'no', requestId: UUID },
      'the last way in': { statusCode: 422, message: 'no', requestId: UUID },
    },
    bent: {
      'a success': { statusCode: 200, message: 'Operation successful' },
      'nobody signed in, without an apiCode': { statusCode: 401, message: 'no', requestId: UUID },
      'an apiCode of another failure': { statusCode: 401, apiCode: 2005, message: 'no', requestId: UUID },
      'an apiCode where there is none': { statusCode: 404, apiCode: 2005, message: 'no', requestId: UUID },
      'an apiCode as a string': { statusCode: 401, apiCode: '2020', message: 'no', requestId: UUID },
      'no request id': { statusCode: 404, message: 'no' },
      data: { statusCode: 404, message: 'no', requestId: UUID, data: null },
    },
  },
};

for (const [name, { good, bent }] of Object.entries(samples) as readonly (readonly [AnswerName, Samples])[]) {
  describe(`The documented answer ${name}`, () => {
    for (const [title, body] of Object.entries(good)) {
      it(`is ${title}`, () => expectAnswer(name, body));
    }
    for (const [title, body] of Object.entries(bent)) {
      it(`is not one with: ${title}`, () => {
        expect(() => expectAnswer(name, body)).to.throw(`Not the documented answer ${name}`);
      });
    }
  });
}

describe('An answer that differs', () => {
  it('is told with the path of every difference', () => {
    expect(() => expectAnswer('cloudreve-finish-sign-in', { ...withUser({ avatar: 'x', credit: '1' }), extra: 1 })).to.throw(
      /^Not the documented answer cloudreve-finish-sign-in:\n(?=[\s\S]*\/data\/user\/avatar)(?=[\s\S]*\/data\/user\/credit)(?=[\s\S]*"extra")/,
    );
  });
});

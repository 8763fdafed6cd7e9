// What a developer may write in the settings, what becomes of it, and what they are told when it is wrong.

import { generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import type { LatchkeySettings } from '../../config/options.js';
import { parseSettings, type SettingsContext } from '../../config/parse-settings.js';
import * as catalogue from '../../lib/providers/index.js';
import { ConfigurationError } from '../../lib/support/configuration-error.js';
import { durationMs } from '../../lib/support/duration.js';
import { isLoopbackHost } from '../../lib/support/web-address.js';

const SECRET = 'only-for-tests-only-for-tests-only';
const BASE = { baseUrl: 'https://app.example', secret: SECRET } satisfies LatchkeySettings;
const CLIENT = { clientId: 'client', clientSecret: 'hush-client-secret' };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const pkcs8 = (namedCurve: string) =>
  generateKeyPairSync('ec', { namedCurve }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const APPLE_KEY = pkcs8('P-256');
const APPLE = { clientId: 'app.example', teamId: 'TEAM', keyId: 'KEY', privateKey: APPLE_KEY };

function mistakesIn(input: unknown, context?: SettingsContext): Readonly<Record<string, string>> {
  try {
    parseSettings(input, context);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    expect(error).to.be.instanceOf(TypeError);
    expect(error.message.split('\n')).to.deep.equal(error.mistakes.map(({ path, expected }) => `${path}: ${expected}`));
    for (const hush of ['hush', SECRET, 'BEGIN EC', 'MII']) expect(error.message).not.to.include(hush);
    return Object.fromEntries(error.mistakes.map(({ path, expected }) => [path, expected]));
  }
  return {};
}

const pathsIn = (input: unknown, context?: SettingsContext) => Object.keys(mistakesIn(input, context));
const inProviders = (providers: unknown) => pathsIn({ ...BASE, providers });

describe('settings', () => {
  it('have the documented defaults', () => {
    expect(parseSettings(BASE)).to.deep.equal({
      baseUrl: 'https://app.example',
      secret: SECRET,
      appName: '',
      signUp: true,
      admission: { domains: undefined, invites: false },
      webhooks: [],
      passwordSignIn: true,
      verifyEmail: undefined,
      recoveryCounts: false,
      linkByVerifiedEmail: [],
      reauthenticateWithinMs: undefined,
      auditRetentionMs: undefined,
      allowedOrigins: [],
      tokens: { accessTtlMs: HOUR, refreshTtlMs: 180 * 24 * HOUR },
      sessions: { idleTtlMs: 7 * 24 * HOUR, absoluteTtlMs: 30 * 24 * HOUR },
      rateLimits: {
        unlink: { limit: 20, windowMs: HOUR },
        refresh: { limit: 60, windowMs: HOUR },
        password: { limit: 10, windowMs: 15 * MINUTE },
        prepare: { limit: 60, windowMs: MINUTE },
        finish: { limit: 60, windowMs: MINUTE },
        mail: { limit: 5, windowMs: HOUR },
      },
      bioreLimits: {
        login: { limit: 20, windowMs: HOUR },
        logout: { limit: 60, windowMs: HOUR },
        me: { limit: 60, windowMs: HOUR },
        changePassword: { limit: 3, windowMs: HOUR },
        sessions: { limit: 30, windowMs: HOUR },
        endSession: { limit: 20, windowMs: HOUR },
        endSessions: { limit: 5, windowMs: HOUR },
        providers: { limit: 60, windowMs: HOUR },
        oauthLogin: { limit: 10, windowMs: HOUR },
        oauthLink: { limit: 20, windowMs: HOUR },
        register: { limit: 10, windowMs: HOUR },
        verifyEmail: { limit: 20, windowMs: HOUR },
        resendVerification: { limit: 5, windowMs: HOUR },
        forgotPassword: { limit: 5, windowMs: HOUR },
        resetPassword: { limit: 3, windowMs: HOUR },
        changeEmail: { limit: 3, windowMs: HOUR },
      },
      storeProviderTokens: false,
      debug: false,
      metrics: undefined,
      openApi: undefined,
      providers: new Map(),
    });
  });

  it('keep everything a developer writes', () => {
    const config = parseSettings({
      ...BASE,
      baseUrl: 'HTTPS://App.Example:443/',
      appName: 'Keys & Co',
      signUp: false,
      passwordSignIn: false,
      linkByVerifiedEmail: ['google'],
      reauthenticateWithin: '10m',
      auditRetention: '365d',
      allowedOrigins: ['https://Other.example/', 'https://other.example', 'http://localhost:5173'],
      tokens: { accessTtl: '5 minutes' },
      rateLimits: { unlink: { limit: 3 }, finish: { window: '2h' }, biore: { oauthLogin: { limit: 100 } } },
      storeProviderTokens: true,
      debug: true,
      providers: { google: CLIENT },
    } satisfies LatchkeySettings);
    expect(config).to.deep.include({
      baseUrl: 'https://app.example',
      appName: 'Keys & Co',
      signUp: false,
      passwordSignIn: false,
      linkByVerifiedEmail: ['google'],
      reauthenticateWithinMs: 10 * MINUTE,
      auditRetentionMs: 365 * 24 * HOUR,
      allowedOrigins: ['https://other.example', 'http://localhost:5173'],
      tokens: { accessTtlMs: 5 * MINUTE, refreshTtlMs: 180 * 24 * HOUR },
      storeProviderTokens: true,
      debug: true,
    });
    expect(config.rateLimits.unlink).to.deep.equal({ limit: 3, windowMs: HOUR });
    expect(config.bioreLimits.oauthLogin).to.deep.equal({ limit: 100, windowMs: HOUR });
    expect(config.rateLimits.finish).to.deep.equal({ limit: 60, windowMs: 2 * HOUR });
  });

  it('tell a developer every mistake at once, by path', () => {
    const mistakes = mistakesIn({
      baseUrl: 'https://user:hush@app.example/path',
      secret: 'hush-too-short',
      appName: '',
      signUp: 'yes',
      passwordSignIn: null,
      linkByVerifiedEmail: ['google', 'nobody', 7],
      reauthenticateWithin: '10',
      auditRetention: '23h',
      allowedOrigins: ['*', 'https://fine.example', 'https://a.example/hush'],
      tokens: { accessTtl: '0s', refreshTtl: -1, acessTtl: '1h' },
      rateLimits: { unlink: { limit: 0 }, refresh: { limit: 1.5, window: '30d' }, unlnk: {} },
      storeProviderTokens: 1,
      debug: 'hush',
      aditional: 'hush',
      providers: { google: { clientId: '', clientSecret: ['hush'], clientSecert: 'hush' }, logto: 'hush' },
    });
    expect(mistakes).to.have.all.keys(
      'baseUrl',
      'secret',
      'appName',
      'signUp',
      'passwordSignIn',
      'linkByVerifiedEmail.1',
      'linkByVerifiedEmail.2',
      'reauthenticateWithin',
      'auditRetention',
      'allowedOrigins.0',
      'allowedOrigins.2',
      'tokens.accessTtl',
      'tokens.refreshTtl',
      'tokens.acessTtl',
      'rateLimits.unlink.limit',
      'rateLimits.refresh.limit',
      'rateLimits.refresh.window',
      'rateLimits.unlnk',
      'storeProviderTokens',
      'debug',
      'aditional',
      'providers.google.clientId',
      'providers.google.clientSecret',
      'providers.google.clientSecert',
      'providers.logto',
    );
    expect(mistakes['tokens.acessTtl']).to.include('did you mean "accessTtl"');
    expect(mistakes['rateLimits.unlnk']).to.include('did you mean "unlink"');
    expect(mistakes['providers.google.clientSecert']).to.include('did you mean "clientSecret"');
    expect(mistakes.aditional).to.include('expected one of baseUrl, secret');
    expect(Object.values(mistakes).filter((text) => !/expected|did you mean/.test(text))).to.deep.equal([]);
  });

  it('that are nothing at all are one readable mistake, or two', () => {
    for (const nothing of [undefined, null, 'hush', 7, []]) expect(pathsIn(nothing)).to.deep.equal(['settings']);
    expect(pathsIn({})).to.deep.equal(['baseUrl', 'secret']);
    expect(mistakesIn({ ...BASE, providers: [] })).to.deep.equal({ providers: 'expected an object' });
  });

  it('do not let a key of the prototype, or a pasted secret in place of a key, slip through', () => {
    const [whole, inside] = [JSON.parse('{"__proto__": {"debug": true}}'), JSON.parse('{"__proto__": {"type": "oidc"}}')];
    expect(pathsIn(Object.assign(Object.create(null), BASE, { providers: inside }))).to.deep.equal(['providers.__proto__']);
    expect(pathsIn({ ...whole, ...BASE })).to.deep.equal(['__proto__']);
    expect(pathsIn({ ...BASE, 'hush hush\nsecond line': 1 })).to.deep.equal(['(a key that is not a name)']);
  });

  it('may hold undefined where an option is left out', () => {
    const config = parseSettings({ ...BASE, appName: undefined, tokens: undefined, providers: { google: undefined, x: CLIENT } });
    expect(config.appName).to.equal('');
    expect([...config.providers.keys()]).to.deep.equal(['x']);
  });
});

describe('the public origin', () => {
  const refused = (baseUrl: string, production = false) => pathsIn({ ...BASE, baseUrl }, { production }).includes('baseUrl');

  it('is an origin and nothing more', () => {
    for (const good of ['http://app.example', 'https://app.example/', 'http://[::1]:3000', 'http://127.0.0.1:3000']) {
      expect(refused(good), good).to.equal(false);
    }
    for (const bad of [
      'app.example',
      'ftp://app.example',
      'https://app.example/a',
      'https://app.example/?a=1',
      'https://app.example/#a',
      'https://u@app.example',
      'https://u:p@app.example',
      'https:///app.example',
      'https:\\\\app.example',
      ' https://app.example',
      'https://app.exa\nmple',
      'http://127.0.0.1:0',
      'https://',
      '',
    ]) {
      expect(refused(bad), bad).to.equal(true);
    }
  });

  it('is https in production, unless it is this very machine', () => {
    expect(refused('http://app.example', true)).to.equal(true);
    expect(refused('http://0.0.0.0:3000', true)).to.equal(true);
    expect(refused('https://app.example', true)).to.equal(false);
    expect(refused('http://localhost:3000', true)).to.equal(false);
  });

  it('counts as loopback only if it is', () => {
    for (const host of ['localhost', '127.0.0.1', '127.8.9.10', '[::1]']) expect(isLoopbackHost(host), host).to.equal(true);
    for (const host of ['localhost.example', '127.0.0.1.example', '0.0.0.0', '10.0.0.1', '[::]', 'app.localhost.example', '127.example']) {
      expect(isLoopbackHost(host), host).to.equal(false);
    }
  });
});

describe('durations', () => {
  it('are read with their unit', () => {
    expect(['10m', '1h', '180d', '1.5h', '2 days', '250ms'].map(durationMs)).to.deep.equal([
      10 * MINUTE,
      HOUR,
      180 * 24 * HOUR,
      1.5 * HOUR,
      48 * HOUR,
      250,
    ]);
  });

  it('are refused where they are no positive, finite time', () => {
    for (const bad of [
      '',
      '10',
      '0m',
      '-1h',
      'm',
      '1h30m',
      'Infinity',
      'NaN',
      '1e3s',
      '11y',
      `${'9'.repeat(120)}d`,
      '1 fortnight',
      '0.0001ms',
    ]) {
      expect(durationMs(bad), bad).to.equal(undefined);
    }
  });

  it('may be null only where no time at all means something', () => {
    expect(parseSettings({ ...BASE, reauthenticateWithin: null }).reauthenticateWithinMs).to.equal(undefined);
    expect(pathsIn({ ...BASE, tokens: { accessTtl: null, refreshTtl: '999ms' } })).to.deep.equal(['tokens.accessTtl', 'tokens.refreshTtl']);
  });
});

describe('provider options', () => {
  const all = {
    logto: { endpoint: 'https://tenant.logto.app/', ...CLIENT },
    qq: { ...CLIENT, endpoints: { openId: 'http://127.0.0.1:9/me' } },
    oidc: { issuer: 'https://id.example/realm/', ...CLIENT },
    google: CLIENT,
    apple: APPLE,
    x: { ...CLIENT, endpoints: { token: 'http://localhost:9/token' } },
    gitlab: CLIENT,
    github: { ...CLIENT, baseUrl: 'https://GitHub.example.com/' },
    acme: { type: 'oidc', issuer: 'http://[::1]:4000', ...CLIENT },
  } satisfies LatchkeySettings['providers'];

  const common = (displayName: string, extIdpId: string) => ({
    enabled: true,
    unlinkable: true,
    displayName,
    icon: '',
    extIdpId,
    clientId: 'client',
  });

  it('of every kind become complete, in their order', () => {
    const { providers } = parseSettings({ ...BASE, providers: all });
    const { clientSecret } = CLIENT;
    // The digits are from `printf ID | sha256sum`.
    expect([...providers]).to.deep.equal([
      [
        'logto',
        { ...common('Logto', EXT_IDP_IDS.logto), id: 'logto', type: 'logto', clientSecret, issuer: 'https://tenant.logto.app/oidc' },
      ],
      [
        'qq',
        {
          ...common('QQ', EXT_IDP_IDS.qq),
          id: 'qq',
          type: 'qq',
          clientSecret,
          useUnionId: false,
          endpoints: {
            authorization: 'https://graph.qq.com/oauth2.0/authorize',
            token: 'https://graph.qq.com/oauth2.0/token',
            openId: 'http://127.0.0.1:9/me',
            userInfo: 'https://graph.qq.com/user/get_user_info',
          },
        },
      ],
      [
        'oidc',
        { ...common('OpenID Connect', EXT_IDP_IDS.oidc), id: 'oidc', type: 'oidc', clientSecret, issuer: 'https://id.example/realm/' },
      ],
      [
        'google',
        { ...common('Google', EXT_IDP_IDS.google), id: 'google', type: 'google', clientSecret, issuer: 'https://accounts.google.com' },
      ],
      ['apple', { ...common('Apple', EXT_IDP_IDS.apple), ...APPLE, id: 'apple', type: 'apple', issuer: 'https://appleid.apple.com' }],
      [
        'x',
        {
          ...common('X', EXT_IDP_IDS.x),
          id: 'x',
          type: 'x',
          clientSecret,
          endpoints: {
            authorization: 'https://x.com/i/oauth2/authorize',
            token: 'http://localhost:9/token',
            userInfo: 'https://api.x.com/2/users/me',
            revocation: 'https://api.x.com/2/oauth2/revoke',
          },
        },
      ],
      ['gitlab', { ...common('GitLab', EXT_IDP_IDS.gitlab), id: 'gitlab', type: 'gitlab', clientSecret, issuer: 'https://gitlab.com' }],
      [
        'github',
        { ...common('GitHub', EXT_IDP_IDS.github), id: 'github', type: 'github', clientSecret, baseUrl: 'https://github.example.com' },
      ],
      ['acme', { ...common('Acme', EXT_IDP_IDS.acme), id: 'acme', type: 'oidc', clientSecret, issuer: 'http://[::1]:4000' }],
    ]);
  });

  it('common to all of them are kept', () => {
    const options = {
      enabled: false,
      unlinkable: true,
      displayName: 'Our sign-in',
      icon: '/logo.svg',
      extIdpId: '62f209327ABC0c10d966ee50',
      scope: 'openid email, profile',
    };
    const google = parseSettings({ ...BASE, providers: { google: { ...CLIENT, ...options } } }).providers.get('google');
    expect(google).to.deep.include({ ...options, scope: ['email', 'profile'] });
    const asList = parseSettings({ ...BASE, providers: { qq: { ...CLIENT, scope: ['get_user_info'], useUnionId: true } } }).providers.get(
      'qq',
    );
    expect(asList).to.deep.include({ scope: ['get_user_info'], useUnionId: true });
  });

  it('name what is missing, for each kind', () => {
    expect(
      inProviders({ logto: {}, qq: {}, oidc: {}, google: {}, apple: {}, x: {}, gitlab: {}, github: {}, acme: { type: 'oidc' } }),
    ).to.have.members([
      ...['clientId', 'endpoint', 'clientSecret'].map((key) => `providers.logto.${key}`),
      ...['clientId', 'clientSecret'].map((key) => `providers.qq.${key}`),
      ...['clientId', 'issuer', 'clientSecret'].map((key) => `providers.oidc.${key}`),
      ...['clientId', 'clientSecret'].map((key) => `providers.google.${key}`),
      ...['clientId', 'teamId', 'keyId', 'privateKey'].map((key) => `providers.apple.${key}`),
      ...['clientId', 'clientSecret'].map((key) => `providers.x.${key}`),
      ...['clientId', 'clientSecret'].map((key) => `providers.gitlab.${key}`),
      ...['clientId', 'clientSecret'].map((key) => `providers.github.${key}`),
      ...['clientId', 'issuer', 'clientSecret'].map((key) => `providers.acme.${key}`),
    ]);
  });

  it('take plain http for loopback hosts only', () => {
    const http = 'http://id.example';
    expect(
      inProviders({
        logto: { ...all.logto, endpoint: http },
        qq: { ...CLIENT, endpoints: { authorization: http, token: http, openId: http, userInfo: http } },
        oidc: { ...all.oidc, issuer: http },
        google: { ...CLIENT, issuer: http },
        apple: { ...APPLE, issuer: http },
        x: { ...CLIENT, endpoints: { authorization: http, token: http, userInfo: http, revocation: http } },
        gitlab: { ...CLIENT, issuer: http },
        github: { ...CLIENT, baseUrl: http },
        acme: { ...all.acme, issuer: http },
      }),
    ).to.have.length(15);
    expect(
      inProviders({ oidc: { ...all.oidc, issuer: 'http://localhost:4000' }, google: { ...CLIENT, issuer: 'http://127.0.0.1:1' } }),
    ).to.deep.equal([]);
  });

  it('take no issuer with a query, a fragment or a password, and no endpoint with a fragment', () => {
    for (const issuer of [
      'https://id.example?a=1',
      'https://id.example#a',
      'https://me:hush@id.example',
      'id.example',
      'https://id.example\\a',
      7,
    ]) {
      expect(inProviders({ oidc: { ...all.oidc, issuer } }), String(issuer)).to.deep.equal(['providers.oidc.issuer']);
    }
    const endpoints = { token: 'https://api.example/token#a', userInfo: 'https://api.example/me?a=1' };
    expect(inProviders({ x: { ...CLIENT, endpoints } })).to.deep.equal(['providers.x.endpoints.token']);
  });

  it('of an unknown id need their type, and say which id was probably meant', () => {
    const mistakes = mistakesIn({
      ...BASE,
      providers: { gogle: { issuer: 'https://id.example', ...CLIENT }, acme: { ...all.acme, type: 'saml' } },
    });
    expect(mistakes).to.have.all.keys('providers.gogle.type', 'providers.acme.type');
    expect(mistakes['providers.gogle.type']).to.match(/expected "oidc".*did you mean "google"\?/);
  });

  it('of a known id cannot claim another type', () => {
    expect(inProviders({ google: { ...CLIENT, type: 'oidc' }, oidc: { ...all.oidc, type: 'google' } })).to.deep.equal([
      'providers.google.type',
      'providers.oidc.type',
    ]);
    expect(inProviders({ google: { ...CLIENT, type: 'google' }, oidc: { ...all.oidc, type: 'oidc' } })).to.deep.equal([]);
  });

  it('of an id that was the hosts’ before it was ours may still be of their own kind', () => {
    const theirs = { gitlab: all.acme, github: { ...all.acme, type: 'oidc' } } satisfies LatchkeySettings['providers'];
    const { providers } = parseSettings({ ...BASE, providers: theirs });
    expect([...providers.values()].map(({ id, type, displayName }) => [id, type, displayName])).to.deep.equal([
      ['gitlab', 'oidc', 'GitLab'],
      ['github', 'oidc', 'GitHub'],
    ]);
    expect(inProviders({ gitlab: { ...CLIENT, type: 'github' }, github: { ...CLIENT, type: 'x' } })).to.deep.equal([
      'providers.gitlab.type',
      'providers.github.type',
    ]);
  });

  it('take the address of a server of GitHub, and nothing behind it', () => {
    for (const baseUrl of ['https://ghe.example/api/v3', 'https://ghe.example?a=1', 'ghe.example', 'https://me:hush@ghe.example', 7])
      expect(inProviders({ github: { ...CLIENT, baseUrl } }), String(baseUrl)).to.deep.equal(['providers.github.baseUrl']);
  });

  it('are refused under an id that is a number, a path of the server or no name', () => {
    for (const id of ['0', '17', 'me', 'logout', 'Acme', 'a/b', 'a_b', '-a', '', 'a'.repeat(65), '..']) {
      expect(inProviders({ [id]: all.acme }), id).to.have.length(1);
    }
    for (const id of ['constructor', 'a', 'a'.repeat(64), 'a-1']) expect(inProviders({ [id]: all.acme }), id).to.deep.equal([]);
  });

  it('cannot share an extIdpId, written or by default', () => {
    const extIdpId = 'abcdef012345abcdef012345';
    expect(inProviders({ google: { ...CLIENT, extIdpId }, x: { ...CLIENT, extIdpId: extIdpId.toUpperCase() } })).to.deep.equal([
      'providers.x.extIdpId',
    ]);
    expect(inProviders({ google: CLIENT, x: { ...CLIENT, extIdpId: EXT_IDP_IDS.google } })).to.deep.equal(['providers.x.extIdpId']);
    expect(inProviders({ google: { ...CLIENT, extIdpId: 'abc' } })).to.deep.equal(['providers.google.extIdpId']);
  });

  it('take an Apple key only if it can sign ES256', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const refused = [
      'hush',
      pkcs8('P-384'),
      privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
      privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'hush' }).toString(),
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      APPLE_KEY.slice(0, 80),
    ];
    for (const pem of refused)
      expect(inProviders({ apple: { ...APPLE, privateKey: pem } }), pem.slice(0, 30)).to.deep.equal(['providers.apple.privateKey']);
  });

  it('take no scope, icon or name that could not be sent or shown', () => {
    expect(inProviders({ google: { ...CLIENT, scope: ['two words'], icon: 'javascript:alert(1)', displayName: 'a\nb' } })).to.have.members([
      'providers.google.scope.0',
      'providers.google.icon',
      'providers.google.displayName',
    ]);
    for (const icon of ['', '/a.svg', 'https://cdn.example/a.svg', 'data:image/png;base64,AAAA']) {
      expect(inProviders({ google: { ...CLIENT, icon } }), icon).to.deep.equal([]);
    }
    for (const icon of ['//cdn.example/a', 'http://cdn.example/a', 'data:text/html,a', 'a.svg']) {
      expect(inProviders({ google: { ...CLIENT, icon } }), icon).to.deep.equal(['providers.google.icon']);
    }
  });
});

/** The first 24 digits of `printf ID | sha256sum`. */
const EXT_IDP_IDS = {
  logto: '4cf6fc6c623e02a2b04c2a32',
  qq: 'd5ce2b19fbda14a25deac948',
  oidc: '4dcdefd0d389cd15882de8a8',
  google: 'bbdefa2950f49882f295b128',
  apple: '3a7bd3e2360a3d29eea436fc',
  x: '2d711642b726b04401627ca9',
  gitlab: '9d96d9d5b1addd7e7e6119a2',
  github: 'c0b0109d9439de57fe3cf03a',
  acme: '822b33ad87c148a0a20a5ba7',
} as const;

describe('provider numbers and names', () => {
  it('are those of the three APIs', () => {
    const table = ['logto', 'qq', 'oidc', 'google', 'apple', 'x', 'gitlab', 'github', 'acme', 'constructor'].map((id) => [
      id,
      catalogue.cloudreveNumber(id),
      catalogue.BIORE_PROVIDERS.includes(id),
      catalogue.genAuthType(id),
      catalogue.callbackSegment(id),
      catalogue.defaultDisplayName(id),
    ]);
    expect(table).to.deep.equal([
      ['logto', 0, false, 'oidc', '0', 'Logto'],
      ['qq', 1, false, 'qq', '1', 'QQ'],
      ['oidc', 2, false, 'oidc', '2', 'OpenID Connect'],
      ['google', undefined, true, 'google', 'google', 'Google'],
      ['apple', undefined, true, 'apple', 'apple', 'Apple'],
      ['x', undefined, true, 'twitter', 'x', 'X'],
      ['gitlab', undefined, false, 'gitlab', 'gitlab', 'GitLab'],
      ['github', undefined, false, 'github', 'github', 'GitHub'],
      ['acme', undefined, false, 'oidc', 'acme', 'Acme'],
      ['constructor', undefined, false, 'oidc', 'constructor', 'Constructor'],
    ]);
  });

  it('lead back from the redirect URI to one provider', () => {
    for (const id of ['logto', 'qq', 'oidc', 'google', 'acme']) {
      expect(catalogue.providerOfCallbackSegment(catalogue.callbackSegment(id))).to.equal(id);
    }
    for (const segment of ['logto', '00', '3', '99']) expect(catalogue.providerOfCallbackSegment(segment), segment).to.equal(undefined);
    expect([0, 1, 2, 3, -1, 0.5].map(catalogue.providerOfNumber)).to.deep.equal(['logto', 'qq', 'oidc', undefined, undefined, undefined]);
  });
});

// What a developer may write about how a client proves itself, and what they are told when it does not fit together.

import { generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import { parseSettings } from '../../config/parse-settings.js';
import { ConfigurationError } from '../../lib/support/configuration-error.js';

const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const pem = (key: { export(options: { format: 'pem'; type: 'pkcs8' }): unknown }) => String(key.export({ format: 'pem', type: 'pkcs8' }));
const RSA_PEM = pem(RSA);
const P384_PEM = pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey);

const KINDS: Readonly<Record<string, object>> = {
  oidc: { issuer: 'https://id.example' },
  acme: { type: 'oidc', issuer: 'https://id.example' },
  logto: { endpoint: 'https://tenant.logto.app' },
  google: {},
};

function mistakesIn(id: string, options: object): Readonly<Record<string, string>> {
  try {
    const providers = { [id]: { clientId: 'client', ...KINDS[id], ...options } };
    parseSettings({ baseUrl: 'https://app.example', secret: 'x'.repeat(32), providers });
    return {};
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    expect(error.message).not.to.include('hush').and.not.include('BEGIN RSA').and.not.include('MII');
    return Object.fromEntries(error.mistakes.map(({ path, expected }) => [path.split('.').at(-1), expected]));
  }
}

describe('how a client proves itself', () => {
  const secret = { clientSecret: 'hush-hush' };
  const RIGHT: Readonly<Record<string, object>> = {
    'a secret': secret,
    'a secret in Basic': { ...secret, tokenEndpointAuthMethod: 'client_secret_basic' },
    'a secret in the body': { ...secret, tokenEndpointAuthMethod: 'client_secret_post' },
    'a secret that signs': { ...secret, tokenEndpointAuthMethod: 'client_secret_jwt', tokenEndpointAuthSigningAlg: 'HS512' },
    nothing: { tokenEndpointAuthMethod: 'none' },
    'an RSA key': { tokenEndpointAuthMethod: 'private_key_jwt', privateKey: RSA_PEM, tokenEndpointAuthSigningAlg: 'PS384' },
    'a key with an id': { tokenEndpointAuthMethod: 'private_key_jwt', privateKey: P384_PEM, keyId: 'key-1' },
    'a secret, and further audiences': { ...secret, audiences: ['project'] },
  };

  for (const [title, options] of Object.entries(RIGHT)) {
    it(`may be by ${title}`, () => {
      for (const id of Object.keys(KINDS)) expect(mistakesIn(id, options), id).to.deep.equal({});
    });
  }

  const WRONG: Readonly<Record<string, readonly [object, Readonly<Record<string, string>>]>> = {
    'no secret, and no word why': [{}, { clientSecret: '"none" for a public client' }],
    'an unknown way': [{ ...secret, tokenEndpointAuthMethod: 'tls_client_auth' }, { tokenEndpointAuthMethod: 'client_secret_basic' }],
    'a public client with a secret': [{ ...secret, tokenEndpointAuthMethod: 'none' }, { clientSecret: 'a public client' }],
    'a key beside a secret': [
      { ...secret, privateKey: RSA_PEM, keyId: 'k' },
      { privateKey: 'private_key_jwt', keyId: 'private_key_jwt' },
    ],
    'a secret beside a key': [
      { ...secret, tokenEndpointAuthMethod: 'private_key_jwt', privateKey: RSA_PEM },
      { clientSecret: 'uses a key' },
    ],
    'no key': [{ tokenEndpointAuthMethod: 'private_key_jwt' }, { privateKey: 'PKCS #8' }],
    'a weak key': [
      { tokenEndpointAuthMethod: 'private_key_jwt', privateKey: pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey) },
      { privateKey: '2048' },
    ],
    'a key of an odd curve': [
      { tokenEndpointAuthMethod: 'private_key_jwt', privateKey: pem(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey) },
      { privateKey: 'P-256' },
    ],
    'a text for a key': [{ tokenEndpointAuthMethod: 'private_key_jwt', privateKey: 'hush' }, { privateKey: 'PKCS #8' }],
    'an algorithm that the key cannot do': [
      { tokenEndpointAuthMethod: 'private_key_jwt', privateKey: P384_PEM, tokenEndpointAuthSigningAlg: 'ES256' },
      { tokenEndpointAuthSigningAlg: 'ES384' },
    ],
    'an algorithm where nothing is signed': [
      { ...secret, tokenEndpointAuthSigningAlg: 'HS256' },
      { tokenEndpointAuthSigningAlg: 'signs nothing' },
    ],
    'audiences that are a text': [{ ...secret, audiences: 'project' }, { audiences: 'a list' }],
    'several at once, and the client id too': [
      { clientId: '', tokenEndpointAuthMethod: 'none', clientSecret: 'hush', audiences: [1] },
      { clientId: 'non-empty', clientSecret: 'a public client', 0: 'non-empty' },
    ],
  };

  for (const [title, [options, expected]] of Object.entries(WRONG)) {
    it(`is told where it has ${title}`, () => {
      for (const id of Object.keys(KINDS)) {
        const mistakes = mistakesIn(id, options);
        expect(mistakes, id).to.have.all.keys(...Object.keys(expected));
        for (const [member, text] of Object.entries(expected)) expect(mistakes[member], member).to.include(text);
      }
    });
  }

  it('X knows a secret in Basic or none, and QQ, which has no PKCE, no public client', () => {
    expect(mistakesIn('x', { tokenEndpointAuthMethod: 'none' })).to.deep.equal({});
    expect(mistakesIn('x', { ...secret, tokenEndpointAuthMethod: 'client_secret_basic' })).to.deep.equal({});
    expect(mistakesIn('x', { ...secret, tokenEndpointAuthMethod: 'none' })).to.have.all.keys('clientSecret');
    expect(mistakesIn('x', { ...secret, tokenEndpointAuthMethod: 'client_secret_post' })).to.have.all.keys('tokenEndpointAuthMethod');
    expect(mistakesIn('qq', { tokenEndpointAuthMethod: 'none' })).to.have.all.keys('clientSecret', 'tokenEndpointAuthMethod');
  });

  it('no other provider than those of one issuer knows tenants', () => {
    const tenants = { ...secret, tenants: ['72f988bf-86f1-41af-91ab-2d7cd011db47'] };
    expect(mistakesIn('acme', tenants)).to.deep.equal({});
    for (const id of ['google', 'logto']) expect(mistakesIn(id, tenants), id).to.have.all.keys('tenants');
  });
});

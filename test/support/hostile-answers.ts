// What a hostile or broken provider may answer: every line must end as `provider_failed`, and the next honest sign-in must work.

import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { Answer } from './http-answer.js';
import type { Bend, OpenIdProvider } from './openid-provider.js';

type Json = Readonly<Record<string, unknown>>;

/** Keys whose private half the attacker has. */
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
/** A curve that no provider of ours uses. */
const koblitz = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
/** Published by the provider, without `alg`: what is signed with it fails for its contents alone. */
const published = generateKeyPairSync('rsa', { modulusLength: 2048 });

const KID = 'published-rsa';
const publishedJwk = { ...published.publicKey.export({ format: 'jwk' }), kid: KID, use: 'sig' };

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (text = ''): Json => JSON.parse(Buffer.from(text, 'base64url').toString());

type Signer = (input: string) => Buffer;

/** A compact JWT that no careful library would make. */
function jwt(header: unknown, claims: unknown, signer: Signer): string {
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${signer(input).toString('base64url')}`;
}

const rsa =
  (hash: string): Signer =>
  (input) =>
    sign(hash, Buffer.from(input), published.privateKey);
const hmac =
  (key: string | KeyObject | Buffer): Signer =>
  (input) =>
    createHmac('sha256', key).update(input).digest();
const es256 =
  (key: KeyObject): Signer =>
  (input) =>
    sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
const unsigned: Signer = () => Buffer.alloc(0);

type Forge = (honest: { readonly header: Json; readonly claims: Json; readonly token: string }) => unknown;

/** Replaces the ID token; the key set has the published key beside the honest one. */
function idToken(forge: Forge): Bend {
  return {
    jwks: (honest) => ({ keys: [...(Array.isArray(honest.keys) ? honest.keys : []), publishedJwk] }),
    token: (honest) => {
      const token = String(honest.id_token);
      const [header, claims] = token.split('.');
      return { ...honest, id_token: forge({ header: decode(header), claims: decode(claims), token }) };
    },
  };
}

/** One claim replaced, signed by the provider's own key; `undefined` leaves the claim out. */
const claim = (name: string, value: unknown): Bend => ({ idTokenClaims: (honest) => ({ ...honest, [name]: value }) });

/** Userinfo says the same, so that only what a subject may be is at stake. */
const subject = (sub: unknown): Bend => ({ ...claim('sub', sub), userinfo: (honest) => ({ ...honest, sub }) });

const html = (status = 200) => new Answer(status, '<html>Sorry</html>', { 'content-type': 'text/html' });
const away = (location: string) => new Answer(307, '', { location });
/** Who follows gets the honest answer. */
function awayOnce(location: string): (honest: Json) => unknown {
  let gone = false;
  return (honest) => {
    if (gone) return honest;
    gone = true;
    return away(location);
  };
}
const mislabelled = (body: Json) => new Answer(200, JSON.stringify(body), { 'content-type': 'text/html' });
const signed = (token: string) => new Answer(200, token, { 'content-type': 'application/jwt' });
const raw = (text: string) => new Answer(200, text, { 'content-type': 'application/json' });
const now = () => Math.floor(Date.now() / 1000);

/** A bit in the middle: the last character of base64url may carry none. */
function flipped(token: string): string {
  const [header, claims, signature = ''] = token.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  return `${header}.${claims}.${bytes.toString('base64url')}`;
}

const rs256 = { alg: 'RS256', kid: KID };

export const FORGED_ID_TOKENS: Readonly<Record<string, (provider: OpenIdProvider) => Bend>> = {
  'one bit of the signature flipped': () => idToken(({ token }) => flipped(token)),
  'signed by a stranger under the known key id': () =>
    idToken(({ header, claims }) => jwt({ ...header, alg: 'ES256' }, claims, es256(stranger.privateKey))),
  'signed by a key of its own header': () =>
    idToken(({ claims }) => jwt({ alg: 'ES256', jwk: stranger.publicKey.export({ format: 'jwk' }) }, claims, es256(stranger.privateKey))),
  'a key id nobody knows': () => idToken(({ claims }) => jwt({ alg: 'RS256', kid: 'unknown' }, claims, rsa('sha256'))),
  'no signature, alg none': () => idToken(({ claims }) => jwt({ alg: 'none' }, claims, unsigned)),
  'alg none in other letters': () => idToken(({ claims }) => jwt({ alg: 'nOnE', kid: KID }, claims, unsigned)),
  'no alg at all': () => idToken(({ claims }) => jwt({ kid: KID }, claims, rsa('sha256'))),
  'HS256 with the client secret': ({ clientSecret }) => idToken(({ claims }) => jwt({ alg: 'HS256' }, claims, hmac(clientSecret))),
  'HS256 with the public key as PEM': () =>
    idToken(({ claims }) => jwt({ alg: 'HS256', kid: KID }, claims, hmac(published.publicKey.export({ format: 'pem', type: 'spki' })))),
  'HS256 with the public key as JWK': () =>
    idToken(({ claims }) => jwt({ alg: 'HS256', kid: KID }, claims, hmac(JSON.stringify(publishedJwk)))),
  'ES256K, which is not on our list': () => ({
    ...idToken(({ claims }) => jwt({ alg: 'ES256K', kid: 'koblitz' }, { ...claims, at_hash: undefined }, es256(koblitz.privateKey))),
    jwks: () => ({ keys: [{ ...koblitz.publicKey.export({ format: 'jwk' }), kid: 'koblitz', use: 'sig' }, publishedJwk] }),
  }),
  'RS512 by name, RS256 by signature': () =>
    idToken(({ claims }) => jwt({ ...rs256, alg: 'RS512' }, { ...claims, at_hash: undefined }, rsa('sha256'))),
  'RS384 with the at_hash of RS256': () => idToken(({ claims }) => jwt({ ...rs256, alg: 'RS384' }, claims, rsa('sha384'))),
  'an unknown crit': () => idToken(({ claims }) => jwt({ ...rs256, crit: ['exp-2'], 'exp-2': 1 }, claims, rsa('sha256'))),
  'an empty crit': () => idToken(({ claims }) => jwt({ ...rs256, crit: [] }, claims, rsa('sha256'))),
  'a payload of null': () => idToken(() => jwt(rs256, null, rsa('sha256'))),
  'a payload that is an array': () => idToken(() => jwt(rs256, [], rsa('sha256'))),
  'a payload that is a number': () => idToken(() => jwt(rs256, 42, rsa('sha256'))),
  'a header of null': () => idToken(({ claims }) => jwt(null, claims, rsa('sha256'))),
  'an exp beyond all numbers': () =>
    idToken(({ claims }) => {
      const input = `${part(rs256)}.${Buffer.from(JSON.stringify({ ...claims, exp: 7, at_hash: undefined }).replace('"exp":7', '"exp":1e999')).toString('base64url')}`;
      return `${input}.${rsa('sha256')(input).toString('base64url')}`;
    }),
  'two parts': () => idToken(({ token }) => token.slice(0, token.lastIndexOf('.'))),
  'five parts': () => idToken(({ token }) => `${token}.a.b`),
  'a number for a token': () => idToken(() => 42),
  'null for a token': () => idToken(() => null),
  'an empty token': () => idToken(() => ''),
  'no token': () => idToken(() => undefined),
};

export const WRONG_CLAIMS: Readonly<Record<string, () => Bend>> = {
  'another issuer': () => claim('iss', 'https://evil.example'),
  'the issuer with a slash': () => ({ idTokenClaims: (honest) => ({ ...honest, iss: `${honest.iss}/` }) }),
  'no issuer': () => claim('iss', undefined),
  'another audience': () => claim('aud', 'someone-else'),
  'a stranger beside us in aud, no azp': () => ({
    idTokenClaims: (honest) => ({ ...honest, aud: [String(honest.aud), 'someone-else'] }),
  }),
  'we twice in aud, no azp': () => ({ idTokenClaims: (honest) => ({ ...honest, aud: [String(honest.aud), String(honest.aud)] }) }),
  'a stranger beside us in aud, azp ours': () => ({
    idTokenClaims: (honest) => ({ ...honest, aud: [String(honest.aud), 'someone-else'], azp: String(honest.aud) }),
  }),
  'an empty aud': () => claim('aud', []),
  'no aud': () => claim('aud', undefined),
  'aud a number': () => claim('aud', 42),
  'another azp with our one audience': () => claim('azp', 'someone-else'),
  'azp null': () => claim('azp', null),
  'another nonce': () => claim('nonce', 'other'),
  'no nonce': () => claim('nonce', undefined),
  'nonce a number': () => claim('nonce', 1),
  'exp two minutes ago': () => claim('exp', now() - 120),
  'exp a text': () => claim('exp', String(now() + 600)),
  'no exp': () => claim('exp', undefined),
  'iat two minutes ahead': () => claim('iat', now() + 120),
  'iat two days old': () => claim('iat', now() - 172_800),
  'iat a text': () => claim('iat', String(now())),
  'no iat': () => claim('iat', undefined),
  'nbf in ten minutes': () => claim('nbf', now() + 600),
  'a wrong at_hash': () => claim('at_hash', 'AAAAAAAAAAAAAAAAAAAAAA'),
  'at_hash null': () => claim('at_hash', null),
  'at_hash a number': () => claim('at_hash', 1),
  'no sub': () => subject(undefined),
  'an empty sub': () => subject(''),
  'sub of 256 characters': () => subject('x'.repeat(256)),
  'sub with a letter beyond ASCII': () => subject('zoë'),
  'sub with a line break': () => subject('one\n'),
  'sub with a NUL': () => subject('one\0'),
  'sub a number': () => subject(42),
  'sub null': () => subject(null),
  'sub a list': () => subject(['one']),
};

/** Tells who somebody is and no more, as most providers do. */
const bare: Bend = { idTokenClaims: ({ email: _email, email_verified: _verified, name: _name, ...honest }) => honest };

export const BROKEN_BODIES: Readonly<Record<string, (provider: OpenIdProvider) => Bend>> = {
  'token: null': () => ({ token: () => null }),
  'token: a list': () => ({ token: () => [] }),
  'token: a number': () => ({ token: () => 42 }),
  'token: a text': () => ({ token: () => 'token' }),
  'token: HTML': () => ({ token: () => html() }),
  'token: nothing': () => ({ token: () => raw('') }),
  'token: half of a JSON text': () => ({ token: (honest) => raw(JSON.stringify(honest).slice(0, -9)) }),
  'token: only the token': () => ({ token: (honest) => raw(String(honest.id_token)) }),
  'token: an error on status 200': () => ({ token: () => ({ error: 'invalid_grant' }) }),
  'token: an error beside the tokens': () => ({ token: (honest) => ({ ...honest, error: 'invalid_grant' }) }),
  'token: JSON called HTML': () => ({ token: (honest) => mislabelled(honest) }),
  'token: status 500': () => ({ token: () => html(500) }),
  'token: status 204': () => ({ token: () => new Answer(204) }),
  'token: status 400 of a list': () => ({ token: () => new Answer(400, '[]', { 'content-type': 'application/json' }) }),
  'token: an odd challenge': () => ({ token: () => new Answer(401, '', { 'www-authenticate': 'Bearer realm="' }) }),
  'token: redirected': ({ issuer }) => ({ token: () => away(`${issuer}/userinfo`) }),
  'token: no access token': () => ({ token: (honest) => ({ ...honest, access_token: undefined }) }),
  'token: an access token with a line break': () => {
    const bend = claim('at_hash', undefined);
    return { ...bend, token: (honest) => ({ ...honest, access_token: 'one\ntwo' }) };
  },
  'token: a token for DPoP': () => ({ token: (honest) => ({ ...honest, token_type: 'DPoP' }) }),
  'token: a token of another type': () => ({ token: (honest) => ({ ...honest, token_type: 'mac' }) }),
  'token: no token type': () => ({ token: (honest) => ({ ...honest, token_type: null }) }),
  'token: an odd token type': () => ({ token: (honest) => ({ ...honest, token_type: { toLowerCase: 1 } }) }),
  'userinfo: somebody else': () => ({ userinfo: (honest) => ({ ...honest, sub: 'somebody-else' }) }),
  'userinfo: nobody': () => ({ userinfo: (honest) => ({ ...honest, sub: undefined }) }),
  'userinfo: sub in a list': () => ({ userinfo: (honest) => ({ ...honest, sub: [honest.sub] }) }),
  'userinfo: HTML': () => ({ userinfo: () => html() }),
  'userinfo: status 403, where the ID token tells nothing more': () => ({ ...bare, userinfo: () => new Answer(403) }),
  'userinfo: null': () => ({ userinfo: () => null }),
  'userinfo: a number': () => ({ userinfo: () => 42 }),
  'userinfo: a list': () => ({ userinfo: () => [] }),
  'userinfo: an error on status 200': () => ({ userinfo: (honest) => ({ ...honest, error: 'invalid_token' }) }),
  'userinfo: JSON called HTML': () => ({ userinfo: (honest) => mislabelled(honest) }),
  'userinfo: signed, about somebody else': () => ({ signedUserinfo: (honest) => ({ ...honest, sub: 'somebody-else' }) }),
  'userinfo: signed, about nobody': () => ({ signedUserinfo: ({ sub: _sub, ...honest }) => honest }),
  'userinfo: signed, by another issuer': () => ({ signedUserinfo: (honest) => ({ ...honest, iss: 'https://evil.example' }) }),
  'userinfo: signed, for somebody else': () => ({ signedUserinfo: (honest) => ({ ...honest, aud: 'somebody-else' }) }),
  'userinfo: signed, for us and somebody else': () => ({
    signedUserinfo: (honest) => ({ ...honest, aud: [String(honest.aud), 'somebody-else'] }),
  }),
  'userinfo: signed, and over': () => ({ signedUserinfo: (honest) => ({ ...honest, exp: now() - 120 }) }),
  'userinfo: signed, and not begun': () => ({ signedUserinfo: (honest) => ({ ...honest, nbf: now() + 600 }) }),
  'userinfo: signed by a stranger': () => ({
    userinfo: (honest) => signed(jwt({ alg: 'ES256' }, honest, es256(stranger.privateKey))),
  }),
  'userinfo: not signed, alg none': () => ({ userinfo: (honest) => signed(jwt({ alg: 'none' }, honest, unsigned)) }),
  'userinfo: HS256 with the client secret': ({ clientSecret }) => ({
    userinfo: (honest) => signed(jwt({ alg: 'HS256' }, honest, hmac(clientSecret))),
  }),
  'userinfo: a JWT called JSON': () => ({ userinfo: (honest) => raw(jwt({ alg: 'none' }, honest, unsigned)) }),
  'userinfo: a JWT of five parts': () => ({ userinfo: () => signed('a.b.c.d.e') }),
  'userinfo: an empty JWT': () => ({ userinfo: () => signed('') }),
  'userinfo: a JWT': () => ({ userinfo: () => new Answer(200, 'a.b.c', { 'content-type': 'application/jwt' }) }),
  'userinfo: status 500': () => ({ userinfo: () => html(500) }),
  'userinfo: redirected': ({ issuer }) => ({ userinfo: awayOnce(`${issuer}/userinfo?again`) }),
  'keys: HTML': () => ({ jwks: () => html() }),
  'keys: null': () => ({ jwks: () => null }),
  'keys: none': () => ({ jwks: () => ({ keys: [] }) }),
  'keys: a list of nothing': () => ({ jwks: () => ({ keys: [null, 1, 'x', []] }) }),
  'keys: not a list': () => ({ jwks: () => ({ keys: 'all' }) }),
  'keys: symmetric': () => ({ jwks: () => ({ keys: [{ kty: 'oct', k: 'AAAA' }] }) }),
  'keys: status 500': () => ({ jwks: () => html(500) }),
  'keys: redirected': ({ issuer }) => ({ jwks: awayOnce(`${issuer}/jwks?again`) }),
};

const discovered = (change: Json): Bend => ({ discovery: (honest) => ({ ...honest, ...change }) });

export const BROKEN_DISCOVERIES: Readonly<Record<string, (provider: OpenIdProvider) => Bend>> = {
  'another issuer': () => discovered({ issuer: 'https://evil.example' }),
  'the issuer with a slash': ({ issuer }) => discovered({ issuer: `${issuer}/` }),
  'no issuer': () => discovered({ issuer: undefined }),
  'an issuer for every tenant': ({ origin }) => discovered({ issuer: `${origin}/{tenantid}` }),
  'an issuer that is nothing but a template': () => discovered({ issuer: '{tenantid}' }),
  'pushed authorization requests insisted on': () => discovered({ require_pushed_authorization_requests: true }),
  'signed request objects insisted on': () => discovered({ require_signed_request_object: true }),
  'DPoP insisted on': () => discovered({ dpop_bound_access_tokens: true }),
  'an authorization endpoint on plain http': () => discovered({ authorization_endpoint: 'http://evil.example/authorize' }),
  'a token endpoint on plain http': () => discovered({ token_endpoint: 'http://evil.example/token' }),
  'a key set on plain http': () => discovered({ jwks_uri: 'http://evil.example/jwks' }),
  'a userinfo endpoint on plain http': () => discovered({ userinfo_endpoint: 'http://evil.example/userinfo' }),
  'a userinfo endpoint that is relative': () => discovered({ userinfo_endpoint: '/userinfo' }),
  'an empty token endpoint': () => discovered({ token_endpoint: '' }),
  'a key set of null': () => discovered({ jwks_uri: null }),
  'a host that only looks like loopback': () => discovered({ token_endpoint: 'http://127.0.0.1.evil.example/token' }),
  'a script for an endpoint': () => discovered({ authorization_endpoint: 'javascript:alert(1)' }),
  'a file for an endpoint': () => discovered({ jwks_uri: 'file:///etc/passwd' }),
  'a number for an endpoint': () => discovered({ token_endpoint: 42 }),
  'no token endpoint': () => discovered({ token_endpoint: undefined }),
  'no key set': () => discovered({ jwks_uri: undefined }),
  null: () => ({ discovery: () => null }),
  'a list': () => ({ discovery: () => [] }),
  HTML: () => ({ discovery: () => html() }),
  'JSON called HTML': () => ({ discovery: (honest) => mislabelled(honest) }),
  'status 500': () => ({ discovery: () => html(500) }),
  'a redirect': ({ issuer }) => ({ discovery: awayOnce(`${issuer}/.well-known/openid-configuration?again`) }),
};

// A cheap OpenID provider in a process of its own: who signs in is the `login_hint` of the authorization URL. Two issuers, one process.

import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const signingKey = createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }));
const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'bench', use: 'sig', alg: 'RS256' }] };
const HEADER = encoded({ alg: 'RS256', kid: 'bench', typ: 'JWT' });

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function answer(res: ServerResponse, body: object, status = 200): void {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const discovery = (issuer: string) => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  userinfo_endpoint: `${issuer}/userinfo`,
  jwks_uri: `${issuer}/jwks`,
  response_types_supported: ['code'],
  subject_types_supported: ['public'],
  scopes_supported: ['openid', 'email', 'profile'],
  id_token_signing_alg_values_supported: ['RS256'],
  code_challenge_methods_supported: ['S256'],
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
});

interface Grant {
  readonly who: string;
  readonly nonce: string | null;
}

const claimsOf = (who: string) => ({ sub: who, email: `${who}@example.test`, email_verified: true, name: `Person ${who}` });

function startIssuer(): Promise<string> {
  const grants = new Map<string, Grant>();
  const bearers = new Map<string, string>();
  let issuer = '';

  function authorize(url: URL, res: ServerResponse): void {
    const given = (name: string) => url.searchParams.get(name);
    const code = randomBytes(16).toString('hex');
    grants.set(code, { who: given('login_hint') ?? 'nobody', nonce: given('nonce') });
    const back = new URL(given('redirect_uri') ?? issuer);
    back.searchParams.set('code', code);
    back.searchParams.set('state', given('state') ?? '');
    res.writeHead(302, { location: back.href }).end();
  }

  async function token(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of req) parts.push(part);
    const code = new URLSearchParams(Buffer.concat(parts).toString()).get('code') ?? '';
    const grant = grants.get(code);
    grants.delete(code);
    if (grant === undefined) return answer(res, { error: 'invalid_grant' }, 400);
    const now = Math.floor(Date.now() / 1000);
    const nonce = grant.nonce === null ? {} : { nonce: grant.nonce };
    const signed = `${HEADER}.${encoded({ iss: issuer, aud: 'bench', iat: now, exp: now + 600, ...nonce, ...claimsOf(grant.who) })}`;
    const bearer = randomBytes(16).toString('hex');
    bearers.set(bearer, grant.who);
    const idToken = `${signed}.${sign('sha256', Buffer.from(signed), signingKey).toString('base64url')}`;
    answer(res, { access_token: bearer, token_type: 'Bearer', expires_in: 3600, scope: 'openid email profile', id_token: idToken });
  }

  function userinfo(req: IncomingMessage, res: ServerResponse): void {
    const bearer = (req.headers.authorization ?? '').slice('Bearer '.length);
    const who = bearers.get(bearer);
    bearers.delete(bearer);
    if (who === undefined) answer(res, { error: 'invalid_token' }, 401);
    else answer(res, claimsOf(who));
  }

  const server = createServer((req, res) => {
    const url = new URL(req.url ?? '/', issuer);
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return answer(res, discovery(issuer));
      case '/jwks':
        return answer(res, jwks);
      case '/authorize':
        return authorize(url, res);
      case '/token':
        return void token(req, res);
      case '/userinfo':
        return userinfo(req, res);
      default:
        return answer(res, { error: 'not_found' }, 404);
    }
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      resolve(issuer);
    });
  });
}

process.send?.(await Promise.all([startIssuer(), startIssuer()]));
process.once('disconnect', () => process.exit());

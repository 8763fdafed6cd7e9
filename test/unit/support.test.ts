// Smoke test of what all other tests stand on.

import { createServer } from 'node:http';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import * as openid from 'openid-client';
import { ConfigurationError } from '../../lib/index.js';
import { BrowserClient } from '../support/client.js';
import { freePort } from '../support/free-port.js';
import { type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.js';
import { person } from '../support/person.js';
import { launchServer, startProcess, startServer } from '../support/server.js';
import { createDatabase, databases, describeOn, describeWithRedis, redisUrl } from '../support/services.js';

describeOn(databases, 'A test database', (kind) => {
  it('is fresh, and can be dropped', async () => {
    const [one, other] = await Promise.all([createDatabase(kind), createDatabase(kind)]);
    expect(one.url).to.match({ sqlite: /^sqlite:\//, mariadb: /^mysql:\/\//, postgres: /^postgres:\/\// }[kind]);
    expect(one.url).not.to.equal(other.url);
    await Promise.all([one.drop(), other.drop()]);
  });
});

describeWithRedis('The test Redis', () => {
  it('answers', async () => {
    const redis = new Redis(await redisUrl());
    expect(await redis.ping()).to.equal('PONG');
    redis.disconnect();
  });
});

describe('The test provider', () => {
  const redirectUri = 'http://127.0.0.1:3000/callback/openid/2';

  /** Goes there and back with a client that checks everything, signature included. */
  async function signIn(provider: OpenIdProvider, who = person(), verifier = openid.randomPKCECodeVerifier()) {
    const client = await openid.discovery(new URL(provider.issuer), provider.clientId, provider.clientSecret, openid.ClientSecretBasic(), {
      execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks],
    });
    const nonce = openid.randomNonce();
    const state = openid.randomState();
    const url = openid.buildAuthorizationUrl(client, {
      redirect_uri: redirectUri,
      scope: 'openid email',
      nonce,
      state,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    const back = new URL(redirectUri);
    back.search = new URLSearchParams({ ...(await provider.approve(url.href, who)) }).toString();
    const checks = { pkceCodeVerifier: verifier, expectedNonce: nonce, expectedState: state };
    const redeem = (pkceCodeVerifier = verifier) => openid.authorizationCodeGrant(client, back, { ...checks, pkceCodeVerifier });
    return { client, redeem, url: url.href };
  }

  for (const alg of ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'] as const) {
    it(`signs people in with ${alg}`, async () => {
      const provider = await startOpenIdProvider({ alg, pathPrefix: '/oidc' });
      const who = person();
      const { client, redeem } = await signIn(provider, who);
      const tokens = await redeem();
      expect(tokens.claims()).to.include({ sub: who.sub, iss: provider.issuer });
      expect(await openid.fetchUserInfo(client, tokens.access_token, who.sub)).to.deep.equal(who);
      await openid.tokenRevocation(client, tokens.access_token);
      expect(provider.count('/token')).to.equal(1);
      await provider.close();
    });
  }

  it('takes a code once, and only with its verifier and the client secret', async () => {
    const provider = await startOpenIdProvider();
    const twice = await signIn(provider);
    await twice.redeem();
    expect(await twice.redeem().catch((error) => error.error)).to.equal('invalid_grant');
    const stolen = await signIn(provider);
    expect(await stolen.redeem(openid.randomPKCECodeVerifier()).catch((error) => error.error)).to.equal('invalid_grant');
    const impostor = await signIn({ ...provider, clientSecret: 'guess' });
    expect(await impostor.redeem().catch((error) => error.error ?? error.cause?.[0]?.parameters?.error)).to.match(/invalid_client/);
    await provider.close();
  });

  it('keeps people apart who sign in at the same time', async () => {
    const provider = await startOpenIdProvider();
    const people = Array.from({ length: 20 }, () => person());
    const subjects = await Promise.all(people.map(async (who) => (await (await signIn(provider, who)).redeem()).claims()?.sub));
    expect(subjects).to.deep.equal(people.map(({ sub }) => sub));
    await provider.close();
  });

  it('can be bent, can refuse, and can change its key', async () => {
    const provider = await startOpenIdProvider();
    const { url } = await signIn(provider);
    expect(await provider.refuse(url)).to.include({ error: 'access_denied', iss: provider.issuer });
    await provider.rotateKey();
    await (await signIn(provider)).redeem();
    provider.bend.idTokenClaims = (claims) => ({ ...claims, aud: 'somebody else' });
    expect(await (await signIn(provider)).redeem().catch((error) => error.code)).to.match(/OAUTH_/);
    await provider.close();
  });
});

describe('The test browser', () => {
  it('keeps and forgets cookies, and says where it comes from', async () => {
    const port = await freePort();
    const server = createServer((request, response) => {
      const gone = request.url === '/out' ? '; Max-Age=0' : '';
      response.setHeader('set-cookie', `id=a=b; HttpOnly${gone}`).end(JSON.stringify(request.headers));
    }).listen(port, '127.0.0.1');
    const browser = new BrowserClient(`http://127.0.0.1:${port}`);
    await browser.open('/');
    const seen = await browser.submit('/out', { a: 'b' });
    expect(seen.json).to.include({ cookie: 'id=a=b', 'sec-fetch-site': 'same-origin', origin: browser.base });
    expect(browser.cookies.size).to.equal(0);
    server.close();
  });
});

describe('The test server', () => {
  it('is seen to fail when its configuration is wrong', async () => {
    const server = await launchServer({ config: 'nonsense' });
    expect(await server.exit).to.deep.equal({ code: 1, signal: null });
    expect(await startProcess({ config: 'nonsense' }).catch((error) => error.message)).to.match(/^The server ended with 1/);
    expect(await startServer({ config: 'nonsense' }).catch((error) => error)).to.be.instanceOf(ConfigurationError);
  });
});

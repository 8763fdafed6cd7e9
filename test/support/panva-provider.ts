// An OpenID provider that is not ours, on loopback: panva's oidc-provider, certified, with people who agree to everything at once.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import type { ClientAuthMethod, Configuration, JWK, Provider } from 'oidc-provider';
import { loadOidcProvider } from '../../lib/server/demo/load-oidc-provider.js';
import { memoryAdapter } from '../../lib/server/demo/memory-adapter.js';
import type { Redirect } from './openid-provider.js';
import type { Person } from './person.js';

type SigningAlg = 'RS256' | 'RS384' | 'RS512' | 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA';

type ClientAuthSigningAlg = SigningAlg | 'HS256' | 'HS384' | 'HS512';

export interface PanvaProviderOptions {
  readonly alg: SigningAlg;
  /** How the client proves itself (RFC 7591, section 2), the only way there is. Default `client_secret_basic`. */
  readonly authMethod?: ClientAuthMethod;
  /** The public half of the client's key. */
  readonly clientKey?: JWK;
  /** With what an assertion of the client is signed. Default: whatever fits. */
  readonly assertionAlg?: ClientAuthSigningAlg;
  /** Userinfo is a JWT. Default false. */
  readonly signsUserinfo?: boolean;
  /** Takes nobody whose request was not pushed (RFC 9126). Default false. */
  readonly insistsOnPar?: boolean;
  /** Gives no token that is not bound by DPoP (RFC 9449). Default false. */
  readonly insistsOnDpop?: boolean;
  /** The only address it sends people back to; after a sign-out, to the origin of it. */
  readonly redirectUri: string;
  /** Where the issuer lives below its origin, e.g. `/oidc` for Logto. Default: at the root. */
  readonly issuerPath?: string;
}

export interface PanvaProvider {
  readonly issuer: string;
  readonly origin: string;
  readonly clientId: string;
  /** Full of characters that have a meaning in URLs, forms or Basic. */
  readonly clientSecret: string;
  /** The subject of each token that was revoked at the revocation endpoint, oldest first. */
  readonly revoked: readonly string[];
  /**
   * Follows the authorization URL in this person's own browser, and brings back what the redirect to the app carries.
   * @throws Error when the provider sends no code
   */
  approve(authorizationUrl: string, who: Person): Promise<Redirect>;
  /** Follows a sign-out address in this person's browser, presses the button, and tells where that leads; '' is nowhere. */
  signOut(endSessionUrl: string, who: Person): Promise<string>;
  /** Whether this person's browser still has a session here. */
  isSignedIn(who: Person): Promise<boolean>;
  /** Signs with a new key, of a new id, from now on; the old one is gone at once. Trips under way go on. */
  rotateKey(): Promise<void>;
  close(): Promise<void>;
}

const CLIENT_ID = 'latchkey';
const CLIENT_SECRET = "s3cret+/=%&: ~*'() 32 bytes and more";
/** Says whose browser asks, where a real provider would ask for a password. */
const SUBJECT_HEADER = 'x-test-subject';
const MAX_HOPS = 10;
const HOUR = 3600;

/** One person's browser: keeps cookies by name and path, and follows nothing by itself. */
class Browser {
  readonly #subject: string;
  readonly #cookies = new Map<string, { readonly pair: string; readonly path: string }>();

  constructor(subject: string) {
    this.#subject = subject;
  }

  async go(url: string, form?: Readonly<Record<string, string>>): Promise<{ readonly location: string; readonly html: string }> {
    const { pathname } = new URL(url);
    const sent = [...this.#cookies.values()].filter(({ path }) => path === '/' || pathname === path || pathname.startsWith(`${path}/`));
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: sent.map(({ pair }) => pair).join('; '), [SUBJECT_HEADER]: this.#subject },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const line of answer.headers.getSetCookie()) this.#keep(line);
    const location = answer.headers.get('location');
    return { location: location === null ? '' : new URL(location, url).href, html: await answer.text() };
  }

  #keep(line: string): void {
    const [pair = ''] = line.split(';');
    const path = /; ?path=([^;]+)/i.exec(line)?.[1] ?? '/';
    const key = `${pair.split('=')[0]} ${path}`;
    if (pair.endsWith('=') || /expires=Thu, 01 Jan 1970/i.test(line)) this.#cookies.delete(key);
    else this.#cookies.set(key, { pair, path });
  }
}

async function signingKey(alg: PanvaProviderOptions['alg']): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const { kty = '', ...key } = await exportJWK(privateKey);
  return { ...key, kty, alg, use: 'sig', kid: randomBytes(8).toString('base64url') };
}

/** Says yes to the one question that is asked: who are you, or may the app know it. */
async function agree(provider: Provider, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { prompt, params, session, grantId } = await provider.interactionDetails(req, res);
  if (prompt.name === 'login') {
    await provider.interactionFinished(req, res, { login: { accountId: String(req.headers[SUBJECT_HEADER]) } });
    return;
  }
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  const grant = known ?? new provider.Grant({ accountId: session?.accountId ?? '', clientId: String(params.client_id) });
  grant.addOIDCScope(String(params.scope));
  await provider.interactionFinished(req, res, { consent: { grantId: await grant.save() } });
}

/** Starts a provider on a free port; each is a world of its own. */
export async function startPanvaProvider(options: PanvaProviderOptions): Promise<PanvaProvider> {
  const { alg, redirectUri, issuerPath = '', authMethod = 'client_secret_basic', clientKey, assertionAlg } = options;
  const { signsUserinfo = false, insistsOnPar = false, insistsOnDpop = false } = options;
  const library = await loadOidcProvider();
  const people = new Map<string, Person>();
  const browsers = new Map<string, Browser>();
  const revoked: string[] = [];

  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('Not a TCP address');
  const origin = `http://127.0.0.1:${address.port}`;
  const issuer = origin + issuerPath;

  // Its defaults stay wherever they print no notice: so e-mail and name stand in userinfo alone.
  const configuration: Configuration = {
    adapter: memoryAdapter(),
    clients: [
      {
        client_id: CLIENT_ID,
        ...(authMethod.startsWith('client_secret') ? { client_secret: CLIENT_SECRET } : {}),
        ...(clientKey === undefined ? {} : { jwks: { keys: [clientKey] } }),
        ...(assertionAlg === undefined ? {} : { token_endpoint_auth_signing_alg: assertionAlg }),
        ...(signsUserinfo ? { userinfo_signed_response_alg: alg } : {}),
        ...(insistsOnDpop ? { dpop_bound_access_tokens: true } : {}),
        redirect_uris: [redirectUri],
        post_logout_redirect_uris: [new URL(redirectUri).origin],
        response_types: ['code'],
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: authMethod,
        id_token_signed_response_alg: alg,
      },
    ],
    clientAuthMethods: [authMethod],
    responseTypes: ['code'],
    enabledJWA: {
      idTokenSigningAlgValues: [alg],
      userinfoSigningAlgValues: [alg],
      ...(assertionAlg === undefined ? {} : { clientAuthSigningAlgValues: [assertionAlg] }),
    },
    pkce: { required: () => true },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    findAccount(_ctx, subject) {
      const who = people.get(subject);
      return who === undefined ? undefined : { accountId: subject, claims: () => who };
    },
    interactions: { url: (_ctx, { uid }) => `${issuerPath}/interaction/${uid}` },
    ttl: { AccessToken: HOUR, AuthorizationCode: 60, Grant: HOUR, IdToken: HOUR, Interaction: 600, RefreshToken: HOUR, Session: HOUR },
    features: {
      devInteractions: { enabled: false },
      jwtUserinfo: { enabled: signsUserinfo },
      ...(insistsOnPar ? { pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true } } : {}),
      revocation: { enabled: true, allowedPolicy: (_ctx, caller, token) => token.clientId === caller.clientId },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource(ctx, form) {
          ctx.body = form;
        },
        postLogoutSuccessSource(ctx) {
          ctx.body = 'Signed out';
        },
      },
    },
    renderError(ctx, { error, error_description }) {
      ctx.body = `${error}: ${error_description}`;
    },
  };

  /** A key belongs to an instance; everything else is in the adapter, and so outlives it. */
  async function open() {
    const provider = new library.Provider(issuer, { ...configuration, jwks: { keys: [await signingKey(alg)] } });
    // Koa prints by itself what the test's own failure tells.
    provider.silent = true;
    const note = ({ accountId = '' }: { readonly accountId?: string | undefined }) => void revoked.push(accountId);
    provider.on('access_token.destroyed', note);
    provider.on('refresh_token.destroyed', note);
    return { provider, serve: provider.callback() };
  }
  let current = await open();

  server.on('request', (req, res) => {
    const url = req.url ?? '';
    const path = url.startsWith(`${issuerPath}/`) ? url.slice(issuerPath.length) : undefined;
    if (path === undefined) {
      res.writeHead(404).end();
    } else if (path.startsWith('/interaction/')) {
      agree(current.provider, req, res).catch((error: unknown) => res.writeHead(500).end(String(error)));
    } else {
      void current.serve(Object.assign(req, { originalUrl: url, url: path }), res);
    }
  });

  function browserOf({ sub }: Person): Browser {
    const browser = browsers.get(sub) ?? new Browser(sub);
    browsers.set(sub, browser);
    return browser;
  }

  async function approve(authorizationUrl: string, who: Person): Promise<Redirect> {
    people.set(who.sub, who);
    const browser = browserOf(who);
    let next = { location: authorizationUrl, html: '' };
    for (let hops = 0; new URL(next.location).origin === origin; hops += 1) {
      const { location } = next;
      next = await browser.go(location);
      if (next.location === '' || hops === MAX_HOPS) throw new Error(`${location} leads nowhere: ${next.html.slice(0, 300)}`);
    }
    const { code, state = '', iss = '', error } = Object.fromEntries(new URL(next.location).searchParams);
    if (code === undefined) throw new Error(`The provider says ${error}`);
    return { code, state, iss };
  }

  return {
    issuer,
    origin,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    revoked,
    approve,
    async signOut(endSessionUrl, who) {
      const { html } = await browserOf(who).go(endSessionUrl);
      const [, action = ''] = /action="([^"]+)"/.exec(html) ?? [];
      const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(html) ?? [];
      if (action === '') throw new Error(`No button to press: ${html.slice(0, 300)}`);
      return (await browserOf(who).go(action, { xsrf, logout: 'yes' })).location;
    },
    async isSignedIn(who) {
      // PKCE as everywhere; the challenge is nobody's, for no code is ever redeemed.
      const query = { client_id: CLIENT_ID, response_type: 'code', scope: 'openid', redirect_uri: redirectUri, prompt: 'none' };
      const challenge = { code_challenge: randomBytes(32).toString('base64url'), code_challenge_method: 'S256' };
      const { location } = await browserOf(who).go(`${issuer}/auth?${new URLSearchParams({ ...query, ...challenge })}`);
      return new URL(location).searchParams.get('error') !== 'login_required';
    },
    async rotateKey() {
      current = await open();
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

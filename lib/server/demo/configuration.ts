// The configuration of the library behind the demo provider: one client, PKCE, RS256, and the account page shown every time.

import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { Configuration, interactionPolicy, JWK, KoaContextWithOIDC } from 'oidc-provider';
import { memoryAdapter } from './memory-adapter.js';
import { messagePage, PAGE_HEADERS, signOutPage } from './pages.js';
import { claimsOf, type DemoPeople } from './people.js';

/** The path of the issuer: Logto's, so that the same provider serves as a Logto endpoint and as a plain issuer. */
export const MOUNT_PATH = '/oidc';

export interface DemoClient {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUris: readonly string[];
  readonly people: DemoPeople;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;

async function signingKey(): Promise<JWK> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kty: 'RSA', use: 'sig', alg: 'RS256', kid: randomBytes(8).toString('base64url') };
}

function render(ctx: KoaContextWithOIDC, html: string): void {
  ctx.set(PAGE_HEADERS);
  ctx.body = html;
}

/** `select_account` is Google's word; without it such a request would be refused. */
function promptsOf({ base, Prompt }: typeof interactionPolicy): interactionPolicy.DefaultPolicy {
  const prompts = base();
  prompts.add(new Prompt({ name: 'select_account', requestable: true }), 0);
  return prompts;
}

/** Every default that would print a notice on the console is replaced. */
export async function demoConfiguration(client: DemoClient, policy: typeof interactionPolicy): Promise<Configuration> {
  // Cookies know hosts but no ports: the app on the same host must not meet ours.
  const cookie = { path: MOUNT_PATH, httpOnly: true, sameSite: 'lax', signed: true } as const;
  return {
    adapter: memoryAdapter(),
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        client_name: 'Latchkey demo',
        redirect_uris: [...client.redirectUris],
        response_types: ['code'],
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: 'client_secret_basic',
        id_token_signed_response_alg: 'RS256',
      },
    ],
    clientAuthMethods: ['client_secret_basic'],
    responseTypes: ['code'],
    enabledJWA: { idTokenSigningAlgValues: ['RS256'] },
    pkce: { required: () => true },
    jwks: { keys: [await signingKey()] },
    cookies: {
      keys: [randomBytes(32).toString('base64url')],
      names: { session: 'latchkey_demo_session', interaction: 'latchkey_demo_interaction', resume: 'latchkey_demo_resume' },
      long: cookie,
      short: { httpOnly: true, sameSite: 'lax', signed: true },
    },
    scopes: ['openid', 'offline_access'],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    // Name and address stand in the ID token as well as in userinfo.
    conformIdTokenClaims: false,
    findAccount(_ctx, subject) {
      const person = client.people.get(subject);
      return person === undefined ? undefined : { accountId: person.subject, claims: () => claimsOf(person) };
    },
    interactions: { url: (_ctx, { uid }) => `${MOUNT_PATH}/interaction/${uid}`, policy: promptsOf(policy) },
    ttl: {
      AccessToken: HOUR,
      AuthorizationCode: MINUTE,
      Grant: 24 * HOUR,
      IdToken: HOUR,
      Interaction: 10 * MINUTE,
      RefreshToken: 24 * HOUR,
      Session: 24 * HOUR,
    },
    clientBasedCORS: () => false,
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: { enabled: false },
      revocation: { enabled: true, allowedPolicy: (_ctx, caller, token) => token.clientId === caller.clientId },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => render(ctx, signOutPage(form)),
        postLogoutSuccessSource: (ctx) => render(ctx, messagePage('Signed out', 'You are signed out at the demo provider.')),
      },
    },
    renderError: (ctx, { error, error_description }) => render(ctx, messagePage('That did not work', error_description ?? error)),
  };
}

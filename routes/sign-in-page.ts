// The calls that the vendor's web client makes around a sign-in: the site's settings, who is signed in, which ways in an address has.

import { createHash } from 'node:crypto';
import { type Request, Router } from 'express';
import { LatchkeyError } from '../lib/accounts/errors.js';
import { usableMethods } from '../lib/accounts/usable-methods.js';
import { anonymousCloudreveUser, cloudreve, toCloudreveUser } from '../lib/dialects/cloudreve.js';
import { parseInput } from '../lib/http/input.js';
import { factsOf, signedInOf } from '../lib/http/request-facts.js';
import { respond } from '../lib/middleware/respond.js';
import { securityHeaders } from '../lib/middleware/security-headers.js';
import { english } from '../lib/pages/texts/en.js';
import { providerOfNumber } from '../lib/providers/index.js';
import { emailInput } from './cloudreve-input.js';
import { at, type Parts } from './parts.js';

/** The vendor's own. */
const THEME = '#1976d2';
const THEMES = JSON.stringify({
  [THEME]: {
    light: { palette: { primary: { main: THEME }, secondary: { main: '#9c27b0' } } },
    dark: { palette: { primary: { main: '#90caf9' }, secondary: { main: '#ce93d8' } } },
  },
});

/** Those that the vendor's documents number. */
const [SSO, QQ, OIDC] = [0, 1, 2].map(providerOfNumber);

/** RFC 9562, section 5.8: the same for all processes of a site, and for no other site. */
function instanceId(baseUrl: string): string {
  const hex = createHash('sha256').update(baseUrl).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
}

export function signInPageRouter(parts: Parts, prefixes: readonly string[]): Router {
  const { addresses, config, guards, publicIds, repository, usable } = parts;
  const { crossOrigin, optionalUser, requireUser, limits } = guards;

  const pendingAt = (email: string) => (parts.verifyEmail ? addresses.pending(email) : undefined);

  /** Only what the product's own sign-in would take is offered. */
  async function prepare(req: Request) {
    const { email } = parseInput(emailInput, req.query);
    const [user = await pendingAt(email)] = await repository.findByAddress(email);
    const account = user && (await repository.findAccount(user.id))?.account;
    if (account === undefined) throw new LatchkeyError('user_not_found');
    const methods = new Set((await usableMethods(account, repository, usable)).map(({ id }) => id));
    return {
      webauthn_enabled: false,
      // Their password is right, and signs nobody in yet; the vendor answers them like anybody else.
      password_enabled: methods.has('password') || (account.user.status === 'inactive' && (await repository.hasPassword(account.user))),
      sso_enabled: methods.has(`link:${SSO}`),
      qq_enabled: methods.has(`link:${QQ}`),
    };
  }

  function login() {
    const enabled = (id = '') => {
      const provider = config.providers.get(id);
      return provider?.enabled === true ? provider : undefined;
    };
    const [sso, qq, oidc] = [enabled(SSO), enabled(QQ), enabled(OIDC)];
    return {
      ...(sso === undefined ? {} : { sso_enabled: true, sso_display_name: sso.displayName, sso_icon: sso.icon }),
      ...(qq === undefined ? {} : { qq_enabled: true }),
      ...(oidc === undefined ? {} : { oidc_enabled: true, oidc_display_name: oidc.displayName, oidc_icon: oidc.icon }),
      ...(config.signUp && usable.passwordSignIn ? { register_enabled: true } : {}),
    };
  }

  const instance = instanceId(config.baseUrl);
  const basic = (req: Request) => {
    const { signedIn } = factsOf(req);
    return {
      instance_id: instance,
      title: config.appName || english.thisApp,
      themes: THEMES,
      default_theme: THEME,
      user: signedIn === undefined ? anonymousCloudreveUser(publicIds) : toCloudreveUser(signedIn.account.user, publicIds),
    };
  };

  const [preparePath, mePath, loginPath, basicPath] = [
    at(prefixes, '/session/prepare'),
    at(prefixes, '/user/me'),
    at(prefixes, '/site/config/login'),
    at(prefixes, '/site/config/basic'),
  ] as const;
  const router = Router();
  router.options([...preparePath, ...mePath, ...loginPath, ...basicPath], crossOrigin);
  // It tells whether an address is known, as documented: counted like sign-ins that begin.
  router.get(preparePath, crossOrigin, securityHeaders, limits.prepare, respond(cloudreve, prepare));
  router.get(
    mePath,
    crossOrigin,
    securityHeaders,
    requireUser,
    respond(cloudreve, (req) => toCloudreveUser(signedInOf(req).account.user, publicIds)),
  );
  router.get(loginPath, crossOrigin, securityHeaders, respond(cloudreve, login));
  router.get(basicPath, crossOrigin, securityHeaders, optionalUser, respond(cloudreve, basic));
  return router;
}

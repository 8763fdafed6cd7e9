// BIO.RE's calls for native apps: the list of providers, and a sign-in or a link with a token or code that the app submits.

import { type Request, type Response, Router } from 'express';
import { biore } from '../lib/dialects/biore.js';
import { parseInput } from '../lib/http/input.js';
import { factsOf, signedInOf, signingSessionOf } from '../lib/http/request-facts.js';
import { auditAction } from '../lib/middleware/audit-action.js';
import { jsonBody } from '../lib/middleware/bodies.js';
import { failWith, respond } from '../lib/middleware/respond.js';
import { securityHeaders } from '../lib/middleware/security-headers.js';
import { BIORE_PROVIDERS, callbackSegment, isHost } from '../lib/providers/index.js';
import { submissionInput } from './biore-input.js';
import { createOpenSession } from './biore-openings.js';
import { at, type Parts } from './parts.js';

export function bioreSubmissionRouter(parts: Parts, prefixes: readonly string[]): Router {
  const { config, guards, renewSession, submissions } = parts;
  const { bioreLimits, crossOrigin, recentSignIn, requireUser, sameOrigin } = guards;
  const open = createOpenSession(parts);

  const providers = () => ({
    providers: BIORE_PROVIDERS.flatMap((platform) => {
      const provider = config.providers.get(platform);
      if (provider?.enabled !== true || isHost(provider)) return [];
      const redirectUri = `${config.baseUrl}/callback/openid/${callbackSegment(platform)}`;
      return [{ platform, clientId: provider.clientId, redirectUri }];
    }),
  });

  function submissionOf(req: Request) {
    const { provider, idToken, code, codeVerifier, nonce } = parseInput(submissionInput, req.body);
    factsOf(req).provider = provider;
    const proof = {
      idToken: idToken ?? undefined,
      code: code ?? undefined,
      codeVerifier: codeVerifier ?? undefined,
      nonce: nonce ?? undefined,
    };
    return [provider, proof] as const;
  }

  async function signIn(req: Request, res: Response) {
    const signedIn = await submissions.signIn(...submissionOf(req), factsOf(req).context);
    return { ...(await open(req, res, signedIn)), isNewUser: signedIn.isNew === true };
  }

  async function link(req: Request, res: Response) {
    const signedIn = signedInOf(req);
    const by = { account: signedIn.account, preparedIn: signingSessionOf(signedIn) };
    await submissions.link(...submissionOf(req), by, factsOf(req).context);
    await renewSession(req, res);
    return { message: 'Provider linked successfully' };
  }

  const path = (name: string) => at(prefixes, `/auth/oauth/${name}`);
  const begin = [crossOrigin, securityHeaders, jsonBody] as const;
  const router = Router();
  router.options(['providers', 'login', 'link'].flatMap(path), crossOrigin);
  router.get(path('providers'), crossOrigin, securityHeaders, bioreLimits.providers, respond(biore, providers));
  router.post(path('login'), ...begin, auditAction('auth.oauth.sign_in'), bioreLimits.oauthLogin, respond(biore, signIn));
  router.post(
    path('link'),
    ...begin,
    auditAction('auth.oauth.link'),
    requireUser,
    sameOrigin,
    bioreLimits.oauthLink,
    recentSignIn,
    respond(biore, link),
  );
  router.use(failWith(biore, { ...parts, debug: config.debug }));
  return router;
}

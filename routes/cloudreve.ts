// Cloudreve V4, `/session/…`: prepare, finish and unlink, token refresh and sign-out, the list of links.

import { type Request, type Response, Router } from 'express';
import type { Binding } from '../lib/accounts/flows.js';
import { cloudreve, toCloudreveSetting, toCloudreveToken, toCloudreveUser } from '../lib/dialects/cloudreve.js';
import { parseInput } from '../lib/http/input.js';
import { factsOf, signedInOf, signingSessionOf } from '../lib/http/request-facts.js';
import { auditAction, when } from '../lib/middleware/audit-action.js';
import { jsonBody } from '../lib/middleware/bodies.js';
import { failWith, respond } from '../lib/middleware/respond.js';
import { securityHeaders } from '../lib/middleware/security-headers.js';
import { finishInputOf, prepareInput, providerOfPath, refreshTokenInput } from './cloudreve-input.js';
import { at, type Parts } from './parts.js';

/** How many sign-ins `login_activity` tells of. */
const LOGIN_ACTIVITY = 10;

export function cloudreveRouter(parts: Parts, prefixes: readonly string[]): Router {
  const {
    config,
    deviceCookie,
    elsewhere,
    familyCookie,
    flowCookie,
    providerClients,
    guards,
    logger,
    publicIds,
    renewSession,
    repository,
    tokens,
    authorizations,
    unlink,
  } = parts;
  const { crossOrigin, optionalUser, requireUser, sameOrigin, recentSignIn, limits } = guards;

  let warned = false;
  /** A script cannot be sent on: its app has to call at BASE_URL. */
  function warnOfElsewhere(req: Request): void {
    if (warned || elsewhere(req) === undefined) return;
    warned = true;
    const fields = { host: req.get('host')?.slice(0, 255), baseUrl: config.baseUrl };
    logger.warn(fields, 'a browser prepares sign-ins on another host than baseUrl, so it comes back to baseUrl without its flow cookie');
  }

  function bindingOf(req: Request, res: Response, challenge: string | null | undefined): Binding {
    if (factsOf(req).fromBrowser) {
      warnOfElsewhere(req);
      return { kind: 'browser', secret: flowCookie.ensure(req, res) };
    }
    return { kind: 'client', challenge: challenge ?? undefined };
  }

  const isLinking = (req: Request) => typeof req.body === 'object' && req.body?.linking === true;
  function prepare(req: Request, res: Response): Promise<string> {
    const { provider, linking, hint, binding } = parseInput(prepareInput, req.body);
    factsOf(req).provider = provider;
    const signedIn = linking === true ? signedInOf(req) : undefined;
    return authorizations.prepare({
      ...{ provider, entry: 'json', hint: hint ?? undefined, binding: bindingOf(req, res, binding) },
      linkTo: signedIn?.account,
      preparedIn: signedIn && signingSessionOf(signedIn),
    });
  }

  async function finish(req: Request, res: Response) {
    const current = factsOf(req);
    const { code, error, session_id, provider_id, iss, user, binding_secret } = finishInputOf(req.body);
    current.provider = provider_id;
    const finished = await authorizations.finish(
      {
        provider: provider_id,
        id: session_id,
        door: 'json',
        evidence: { browserSecret: flowCookie.read(req), fromBrowser: current.fromBrowser, bindingSecret: binding_secret ?? undefined },
        userId: current.signedIn?.account.user.id,
        sessionId: current.signedIn?.session?.id,
        answer: {
          code: code ?? undefined,
          error: error || undefined,
          iss: iss ?? undefined,
          user: user ?? undefined,
          issMayBeMissing: true,
        },
        onFlow: ({ intent }) => {
          if (intent.kind === 'link') current.action = 'auth.oauth.link';
        },
      },
      current.context,
    );
    if (finished.kind === 'linked') return renewSession(req, res);
    familyCookie.note(req, res, finished.session.id);
    if (parts.localAccounts) deviceCookie.remember(req, res, finished.user.id);
    const pair = await tokens.firstPair(finished.user, finished.session);
    return { user: toCloudreveUser(finished.user, publicIds), token: toCloudreveToken(pair) };
  }

  async function refresh(req: Request, res: Response) {
    const { refresh_token } = parseInput(refreshTokenInput, req.body);
    const { family, pair } = await tokens.refresh(refresh_token, (id) => familyCookie.has(req, id), factsOf(req).context);
    familyCookie.note(req, res, family);
    return toCloudreveToken(pair);
  }

  async function signOut(req: Request): Promise<string | undefined> {
    const { refresh_token } = parseInput(refreshTokenInput, req.body);
    const { provider } = await tokens.revoke(refresh_token);
    return provider === undefined ? undefined : await providerClients.endSessionUrl(provider);
  }

  async function setting(req: Request) {
    const { account } = signedInOf(req);
    const hasPassword = await repository.hasPassword(account.user);
    return toCloudreveSetting(account, { hasPassword, signIns: await repository.recentSignIns(account.user, LOGIN_ACTIVITY) });
  }

  const unlinking = guards.unlinking((req) => {
    const provider = providerOfPath(req.params.provider_id);
    factsOf(req).provider = provider;
    return { kind: 'link', provider };
  });

  const begin = [securityHeaders, jsonBody] as const;
  const openId = at(prefixes, '/session/openid');
  const token = at(prefixes, '/session/token');
  const unlinkPath = openId.map((path) => `${path}/:provider_id`);
  const refreshPath = token.map((path) => `${path}/refresh`);
  const settingPath = at(prefixes, '/user/setting');
  const router = Router();
  router.options([...openId, ...unlinkPath, ...token, ...refreshPath, ...settingPath], crossOrigin);
  router.put(
    openId,
    crossOrigin,
    ...begin,
    auditAction((req) => (isLinking(req) ? 'auth.oauth.link' : 'auth.oauth.sign_in')),
    limits.prepare,
    optionalUser,
    when(isLinking, sameOrigin),
    when(isLinking, requireUser),
    when(isLinking, recentSignIn),
    respond(cloudreve, prepare),
  );
  router.post(
    openId,
    crossOrigin,
    ...begin,
    auditAction('auth.oauth.sign_in'),
    limits.finish,
    optionalUser,
    sameOrigin,
    respond(cloudreve, finish),
  );
  router.delete(unlinkPath, crossOrigin, securityHeaders, ...unlinking, respond(cloudreve, unlink));
  router.post(refreshPath, crossOrigin, ...begin, limits.refresh, respond(cloudreve, refresh));
  router.delete(token, crossOrigin, ...begin, respond(cloudreve, signOut));
  router.get(settingPath, crossOrigin, securityHeaders, requireUser, respond(cloudreve, setting));
  router.use(failWith(cloudreve, { ...parts, debug: config.debug }));
  return router;
}

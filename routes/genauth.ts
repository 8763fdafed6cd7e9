// GenAuth V3: unlink by identity source, list identities and sources, a one-time link for linking in a browser.

import { type Request, Router } from 'express';
import { z } from 'zod';
import { LatchkeyError } from '../lib/accounts/errors.js';
import { assertActive } from '../lib/accounts/sessions.js';
import { httpStatusOf } from '../lib/dialects/biore.js';
import { extIdpIdOf, genauth, toExtIdp, toIdentity } from '../lib/dialects/genauth.js';
import { parseInput } from '../lib/http/input.js';
import { factsOf, signedInOf } from '../lib/http/request-facts.js';
import { auditAction, when } from '../lib/middleware/audit-action.js';
import { formBody, jsonBody } from '../lib/middleware/bodies.js';
import { navigationsOnly, withOpener } from '../lib/middleware/navigations.js';
import { failing, failWith, handleAsync, respond, sendBy } from '../lib/middleware/respond.js';
import { securityHeaders } from '../lib/middleware/security-headers.js';
import { createLinkQuestion } from './link-question.js';
import { createLinkTickets } from './link-tickets.js';
import { tellOpener } from './opener.js';
import { wantsPage } from './page-failures.js';
import { at, type Parts } from './parts.js';
import { type Start, startFlow } from './start-flow.js';

export const unlinkInput = z.object({ extIdpId: z.string().regex(/^[0-9a-fA-F]{24}$/) });
const text = z.string().min(1).max(4096);
export const linkUrlInput = z.object({ ext_idp_conn_identifier: text, app_id: text, id_token: text });

export function genauthRouter(parts: Parts, prefixes: readonly string[]): Router {
  const { config, guards, show, store, unlink } = parts;
  const { crossOrigin, baseUrlFirst, requireUser, userOfToken, alwaysSameOrigin, recentSignIn, limits } = guards;
  const linkUrl = `${config.baseUrl}${parts.paths.inPublic(prefixes[0] ?? '')}/link-extidp`;
  const tickets = createLinkTickets(store);
  const question = createLinkQuestion(parts, { tickets, linkUrl });

  const unlinking = guards.unlinking((req) => {
    const { extIdpId } = parseInput(unlinkInput, req.body);
    const link = signedInOf(req).account.links.find(
      ({ provider }) => extIdpIdOf(config, provider).toLowerCase() === extIdpId.toLowerCase(),
    );
    if (link === undefined) throw new LatchkeyError('not_linked');
    factsOf(req).provider = link.provider;
    return { kind: 'link', provider: link.provider };
  });

  function enabledExtIdps() {
    return [...config.providers.values()]
      .filter(({ enabled }) => enabled)
      .map((provider) => toExtIdp(provider, `${linkUrl}?ext_idp_conn_identifier=${encodeURIComponent(provider.id)}`));
  }

  /** The query says who links; a header that comes with it decides nothing. */
  const userOfIdToken = handleAsync(async (req, _res, next) => {
    const input = parseInput(linkUrlInput, req.query);
    factsOf(req).provider = input.ext_idp_conn_identifier;
    factsOf(req).signedIn = await userOfToken(input.id_token);
    assertActive(signedInOf(req).account.user);
    next();
  });

  const hasTicket = (req: Request) => req.query.ticket !== undefined;

  async function generateLinkUrl(req: Request) {
    const { ext_idp_conn_identifier: provider } = parseInput(linkUrlInput, req.query);
    const { account, session } = signedInOf(req);
    if (session === undefined) throw new TypeError('The request is signed by a token, so it has a session');
    if (config.providers.get(provider)?.enabled !== true) throw new LatchkeyError('provider_disabled');
    if (account.links.some((link) => link.provider === provider)) throw new LatchkeyError('already_linked');
    const kept = { userId: account.user.id, sessionId: session.id, provider, asks: false, fromToken: false };
    return { url: `${linkUrl}?ticket=${await tickets.keep(kept)}` };
  }

  const options = { ...parts, debug: config.debug };
  const asEnvelope = sendBy(genauth, options);
  const link = (status: Start['status']) => {
    const providerOf = (req: Request) => factsOf(req).provider ?? '';
    return startFlow(parts, { why: 'link', entry: 'popup', providerOf, returnToOf: () => '/', status });
  };
  const tellFailure = failing('genauth', options, (req, res, failure) => {
    if (!wantsPage(req)) {
      asEnvelope(req, res, failure);
      return;
    }
    const result = { success: false, errMsg: failure.message, identities: [] };
    show(req, res, tellOpener(config, result), { status: httpStatusOf(failure), failure });
  });
  const [unlinkPath, identities, extIdps, linkUrlPath, linkPath] = [
    at(prefixes, '/unlink-extidp'),
    at(prefixes, '/get-identities'),
    at(prefixes, '/get-application-enabled-extidps').concat(at(prefixes, '/get-extidps')),
    at(prefixes, '/generate-link-extidp-url'),
    at(prefixes, '/link-extidp'),
  ] as const;
  const router = Router();
  router.options([...unlinkPath, ...identities, ...extIdps, ...linkUrlPath], crossOrigin);
  router.post(unlinkPath, crossOrigin, securityHeaders, jsonBody, ...unlinking, respond(genauth, unlink));
  router.get(
    identities,
    crossOrigin,
    securityHeaders,
    requireUser,
    respond(genauth, (req) => signedInOf(req).account.links.map((link) => toIdentity(config, link))),
  );
  router.get(extIdps, crossOrigin, securityHeaders, respond(genauth, enabledExtIdps));
  router.get(
    linkUrlPath,
    crossOrigin,
    securityHeaders,
    auditAction('auth.oauth.link'),
    limits.prepare,
    userOfIdToken,
    recentSignIn,
    respond(genauth, generateLinkUrl),
  );
  router.get(
    linkPath,
    securityHeaders,
    withOpener,
    navigationsOnly,
    baseUrlFirst,
    auditAction('auth.oauth.link'),
    limits.prepare,
    when(hasTicket, question.ask),
    when(hasTicket, question.open),
    when((req) => !hasTicket(req), userOfIdToken),
    // Whoever was given a ticket had to have signed in recently by then.
    when((req) => !hasTicket(req), recentSignIn),
    when((req) => !hasTicket(req), question.askWithoutToken),
    link(302),
    tellFailure,
  );
  router.post(
    linkPath,
    securityHeaders,
    withOpener,
    formBody,
    auditAction('auth.oauth.link'),
    limits.prepare,
    alwaysSameOrigin,
    question.answer,
    when(question.wantsRecentSignIn, recentSignIn),
    link(303),
    tellFailure,
  );
  router.use(failWith(genauth, options));
  return router;
}

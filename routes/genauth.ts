// GenAuth V3: unlink by identity source, list identities and sources, a one-time link for linking in a browser.

import { createHash, randomBytes } from 'node:crypto';
import { type Request, type RequestHandler, Router } from 'express';
import { z } from 'zod';
import { assertActive } from '../lib/accounts/status.js';
import { httpStatusOf } from '../lib/dialects/biore.js';
import { genauth } from '../lib/dialects/genauth.js';
import { extIdpIdOf, toExtIdp, toIdentity } from '../lib/dialects/genauth-identity.js';
import { LatchkeyError } from '../lib/errors.js';
import { act, when } from '../lib/middleware/act.js';
import { currentOf, signedInOf } from '../lib/middleware/current.js';
import { parseInput } from '../lib/middleware/input.js';
import { jsonBody } from '../lib/middleware/json-body.js';
import { navigationsOnly, withOpener } from '../lib/middleware/navigations.js';
import { protect } from '../lib/middleware/protect.js';
import { failing, failWith, respond, sendBy } from '../lib/middleware/respond.js';
import { tellOpener } from './opener.js';
import { wantsPage } from './page-failures.js';
import { at, type Parts } from './parts.js';
import { startTrip } from './start-trip.js';

const unlinkInput = z.object({ extIdpId: z.string().regex(/^[0-9a-fA-F]{24}$/) });
const text = z.string().min(1).max(4096);
const ticketInput = z.object({ ticket: z.string().regex(/^[\w-]{43}$/) });
const linkUrlInput = z.object({ ext_idp_conn_identifier: text, app_id: text, id_token: text });

/** How long the one-time link can be opened, in milliseconds. */
const LINK_URL_TTL_MS = 10 * 60 * 1000;

/** What a one-time link stands for; kept under the hash of its ticket. */
interface LinkTicket {
  readonly userId: string;
  /** The session it was made in, and lives no longer than. */
  readonly sessionId: string;
  readonly provider: string;
}

function linkTicketKey(ticket: string): string {
  return `link:${createHash('sha256').update(ticket).digest('base64url')}`;
}

export function genauthRouter(parts: Parts, prefixes: readonly string[]): Router {
  const { config, guards, show, store, unlink } = parts;
  const { crossOrigin, baseUrlFirst, requireUser, userOfToken, userOfFamily, recentSignIn, limits } = guards;
  const linkUrl = `${config.baseUrl}${prefixes[0] ?? ''}/link-extidp`;

  const unlinking = guards.unlinking((req) => {
    const { extIdpId } = parseInput(unlinkInput, req.body);
    const link = signedInOf(req).account.links.find(
      ({ provider }) => extIdpIdOf(config, provider).toLowerCase() === extIdpId.toLowerCase(),
    );
    if (link === undefined) throw new LatchkeyError('not_linked');
    currentOf(req).provider = link.provider;
    return { kind: 'link', provider: link.provider };
  });

  function enabledExtIdps() {
    return [...config.providers.values()]
      .filter(({ enabled }) => enabled)
      .map((provider) => toExtIdp(provider, `${linkUrl}?ext_idp_conn_identifier=${encodeURIComponent(provider.id)}`));
  }

  /** The query says who links; a header that comes with it decides nothing. */
  const userOfIdToken: RequestHandler = async (req, _res, next) => {
    try {
      const input = parseInput(linkUrlInput, req.query);
      currentOf(req).provider = input.ext_idp_conn_identifier;
      currentOf(req).signedIn = await userOfToken(input.id_token);
      assertActive(signedInOf(req).account.user);
      next();
    } catch (error) {
      next(error);
    }
  };

  /** The ticket is used up: whoever opened its link first is on the way, and nobody else. */
  const userOfTicket: RequestHandler = async (req, _res, next) => {
    try {
      const { ticket } = parseInput(ticketInput, req.query);
      const kept = (await store.take(linkTicketKey(ticket))) as LinkTicket | undefined;
      const signedIn = kept && (await userOfFamily(kept.userId, kept.sessionId));
      if (kept === undefined || signedIn === undefined) throw new LatchkeyError('flow_expired');
      Object.assign(currentOf(req), { provider: kept.provider, signedIn });
      assertActive(signedIn.account.user);
      next();
    } catch (error) {
      next(error);
    }
  };

  const hasTicket = (req: Request) => req.query.ticket !== undefined;

  async function generateLinkUrl(req: Request) {
    const { ext_idp_conn_identifier: provider } = parseInput(linkUrlInput, req.query);
    const { account, session } = signedInOf(req);
    if (session === undefined) throw new TypeError('A token signs, and so a session of ours');
    if (config.providers.get(provider)?.enabled !== true) throw new LatchkeyError('provider_disabled');
    if (account.links.some((link) => link.provider === provider)) throw new LatchkeyError('already_linked');
    const ticket = randomBytes(32).toString('base64url');
    const kept: LinkTicket = { userId: account.user.id, sessionId: session.id, provider };
    await store.put(linkTicketKey(ticket), kept, LINK_URL_TTL_MS);
    return { url: `${linkUrl}?ticket=${ticket}` };
  }

  const options = { ...parts, debug: config.debug };
  const asEnvelope = sendBy(genauth, options);
  const [unlinkPath, identities, extIdps, linkUrlPath, linkPath] = [
    at(prefixes, '/unlink-extidp'),
    at(prefixes, '/get-identities'),
    at(prefixes, '/get-application-enabled-extidps'),
    at(prefixes, '/generate-link-extidp-url'),
    at(prefixes, '/link-extidp'),
  ] as const;
  const router = Router();
  router.options([...unlinkPath, ...identities, ...extIdps, ...linkUrlPath], crossOrigin);
  router.post(unlinkPath, crossOrigin, protect, jsonBody, ...unlinking, respond(genauth, unlink));
  router.get(
    identities,
    crossOrigin,
    protect,
    requireUser,
    respond(genauth, (req) => signedInOf(req).account.links.map((link) => toIdentity(config, link))),
  );
  router.get(extIdps, crossOrigin, protect, respond(genauth, enabledExtIdps));
  router.get(
    linkUrlPath,
    crossOrigin,
    protect,
    act('auth.oauth.link'),
    limits.prepare,
    userOfIdToken,
    recentSignIn,
    respond(genauth, generateLinkUrl),
  );
  router.get(
    linkPath,
    protect,
    withOpener,
    navigationsOnly,
    baseUrlFirst,
    act('auth.oauth.link'),
    limits.prepare,
    when(hasTicket, userOfTicket),
    when((req) => !hasTicket(req), userOfIdToken),
    // Whoever was given a ticket had to have signed in recently by then.
    when((req) => !hasTicket(req), recentSignIn),
    startTrip(parts, {
      why: 'link',
      entry: 'popup',
      providerOf: (req) => currentOf(req).provider ?? '',
      returnToOf: () => '/',
    }),
    failing('genauth', options, (req, res, failure) => {
      if (!wantsPage(req)) {
        asEnvelope(req, res, failure);
        return;
      }
      const result = { success: false, errMsg: failure.message, identities: [] };
      show(req, res, tellOpener(config, result), { status: httpStatusOf(failure), failure });
    }),
  );
  router.use(failWith(genauth, options));
  return router;
}

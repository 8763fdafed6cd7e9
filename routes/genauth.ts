// GenAuth V3: unlink by identity source, list identities and sources, a one-time link for linking in a browser.

import { createHash, randomBytes } from 'node:crypto';
import { type Request, type RequestHandler, Router } from 'express';
import { z } from 'zod';
import { assertActive } from '../lib/accounts/status.js';
import { genauth } from '../lib/dialects/genauth.js';
import { extIdpIdOf, toExtIdp, toIdentity } from '../lib/dialects/genauth-identity.js';
import { LatchkeyError } from '../lib/errors.js';
import { act } from '../lib/middleware/act.js';
import { currentOf, permitOf, signedInOf } from '../lib/middleware/current.js';
import { parseInput } from '../lib/middleware/input.js';
import { jsonBody } from '../lib/middleware/json-body.js';
import { protect } from '../lib/middleware/protect.js';
import { failWith, respond } from '../lib/middleware/respond.js';
import { at, type Parts } from './parts.js';

const unlinkInput = z.object({ extIdpId: z.string().regex(/^[0-9a-fA-F]{24}$/) });
const text = z.string().min(1).max(4096);
const linkUrlInput = z.object({ ext_idp_conn_identifier: text, app_id: text, id_token: text });

/** How long the one-time link can be opened, in milliseconds. */
const LINK_URL_TTL_MS = 10 * 60 * 1000;

/** What a one-time link stands for; kept under the hash of its ticket. */
export interface LinkTicket {
  readonly userId: string;
  readonly provider: string;
}

export function linkTicketKey(ticket: string): string {
  return `link:${createHash('sha256').update(ticket).digest('base64url')}`;
}

export function genauthRouter(parts: Parts, prefixes: readonly string[]): Router {
  const { config, guards, links, store } = parts;
  const { requireUser, userOfToken, sameOrigin, recentSignIn, limits, antiLockout } = guards;
  const linkUrl = `${config.baseUrl}${prefixes[0] ?? ''}/link-extidp`;

  const unlinking = antiLockout((req) => {
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

  async function generateLinkUrl(req: Request) {
    const { ext_idp_conn_identifier: provider } = parseInput(linkUrlInput, req.query);
    const { account } = signedInOf(req);
    if (config.providers.get(provider)?.enabled !== true) throw new LatchkeyError('provider_disabled');
    if (account.links.some((link) => link.provider === provider)) throw new LatchkeyError('already_linked');
    const ticket = randomBytes(32).toString('base64url');
    await store.put(linkTicketKey(ticket), { userId: account.user.id, provider } satisfies LinkTicket, LINK_URL_TTL_MS);
    return { url: `${linkUrl}?ticket=${ticket}` };
  }

  const router = Router();
  router.post(
    at(prefixes, '/unlink-extidp'),
    protect,
    jsonBody,
    act('auth.oauth.unlink'),
    requireUser,
    sameOrigin,
    limits.unlink,
    recentSignIn,
    unlinking,
    respond(genauth, (req) => links.unlink(permitOf(req), signedInOf(req).session, currentOf(req).context)),
  );
  router.get(
    at(prefixes, '/get-identities'),
    protect,
    requireUser,
    respond(genauth, (req) => signedInOf(req).account.links.map((link) => toIdentity(config, link))),
  );
  router.get(at(prefixes, '/get-application-enabled-extidps'), protect, respond(genauth, enabledExtIdps));
  router.get(
    at(prefixes, '/generate-link-extidp-url'),
    protect,
    act('auth.oauth.link'),
    limits.prepare,
    userOfIdToken,
    recentSignIn,
    respond(genauth, generateLinkUrl),
  );
  router.use(failWith(genauth, { ...parts, debug: config.debug }));
  return router;
}

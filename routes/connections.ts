// `/account/connections`: a person's ways to sign in, and the plain forms that change them.

import { type Request, type RequestHandler, type Response, Router } from 'express';
import { PASSWORD } from '../lib/accounts/anti-lockout.js';
import type { FailureCode, LatchkeyError } from '../lib/accounts/errors.js';
import { usableMethods } from '../lib/accounts/usable-methods.js';
import type { FlashMessage } from '../lib/http/flash-cookie.js';
import { parseInput } from '../lib/http/input.js';
import { redirect } from '../lib/http/redirect.js';
import { factsOf, permitOf, signedInOf } from '../lib/http/request-facts.js';
import { auditAction, configuredOnly } from '../lib/middleware/audit-action.js';
import { optionalFormBody } from '../lib/middleware/bodies.js';
import { handleAsync } from '../lib/middleware/respond.js';
import { securityHeaders } from '../lib/middleware/security-headers.js';
import { newAddressInput, newPasswordInput, removePasswordInput } from './cloudreve-input.js';
import { failOnPage, onAccountPage, resumeAt, undecodable } from './page-failures.js';
import { at, type Parts } from './parts.js';
import { startFlow } from './start-flow.js';

const providerOf = (req: Request) => String(req.params.provider);

/** The question that stands open: the one a link leads to, or the one whose answer was refused. */
function askingOf({ query, path }: Request): string | undefined {
  if (path.endsWith('/password/remove')) return 'password';
  return typeof query.asking === 'string' ? query.asking : undefined;
}

/** What is answered on the page itself, so that the person can mend it there. */
const ON_THE_PAGE: ReadonlySet<FailureCode> = new Set([
  'only_sign_in_method',
  'already_linked',
  'not_linked',
  'wrong_current_password',
  'validation_failed',
  'password_too_common',
  'provider_disabled',
  'provider_failed',
  'rate_limited',
]);

export function connectionsRouter(parts: Parts, prefixes: readonly string[]): Router {
  const { addresses, config, elsewhere, guards, mayMail, flashCookie, paths, passwords } = parts;
  const { renewSession, repository, show, unlink, usable, views } = parts;
  const { requireUser, sameOrigin, recentSignIn, bioreLimits, limits, passwordDoors, antiLockout } = guards;

  async function showConnections(
    req: Request,
    res: Response,
    options: { readonly status?: number; readonly failure?: LatchkeyError } = {},
  ) {
    const { account } = signedInOf(req);
    const methods = await usableMethods(account, repository, usable);
    const hasPassword = await repository.hasPassword(account.user);
    show(req, res, views.connections({ account, methods, hasPassword, asking: askingOf(req) }), options);
  }

  const page = handleAsync((req, res) => showConnections(req, res));

  /** After a change the browser comes back by GET, so that a reload repeats nothing. */
  const change = (call: (req: Request, res: Response) => Promise<FlashMessage>): RequestHandler =>
    handleAsync(async (req, res) => {
      flashCookie.leave(res, await call(req, res));
      redirect(res, 303, paths.connections);
    });

  async function removeLink(req: Request, res: Response): Promise<FlashMessage> {
    await unlink(req, res);
    return { kind: 'unlinked', provider: providerOf(req) };
  }

  const changeOf = (req: Request, res: Response, given: string | undefined) => {
    const { account, session: asking } = signedInOf(req);
    return { account, asking, currentPassword: given === '' ? undefined : given, door: passwordDoors.of(req, res) };
  };

  async function setPassword(req: Request, res: Response): Promise<FlashMessage> {
    const { new_password, current_password } = parseInput(newPasswordInput, req.body);
    await passwords.set(changeOf(req, res, current_password), new_password, factsOf(req).context);
    await renewSession(req, res);
    return { kind: 'password_set' };
  }

  async function removePassword(req: Request, res: Response): Promise<FlashMessage> {
    const { current_password } = parseInput(removePasswordInput, req.body);
    await passwords.remove(changeOf(req, res, current_password), permitOf(req), factsOf(req).context);
    await renewSession(req, res);
    return { kind: 'password_removed' };
  }

  async function changeAddress(req: Request, res: Response): Promise<FlashMessage> {
    const { new_email: address, current_password } = parseInput(newAddressInput, req.body);
    const asking = changeOf(req, res, current_password);
    await passwords.assertKnows(asking);
    await addresses.change({ ...asking, address, mayMail: await mayMail(address) }, factsOf(req).context);
    return { kind: 'address_asked' };
  }

  const returnToOf = () => paths.connections;
  /** By GET, which can be sent on to BASE_URL; a form cannot. */
  const elsewhereByGet: RequestHandler = (req, res, next) => {
    if (elsewhere(req) === undefined) next();
    else redirect(res, 303, paths.startLinking(providerOf(req), paths.connections));
  };
  const link = startFlow(parts, { why: 'link', entry: 'browser', providerOf, returnToOf, status: 303 });

  const unlinking = guards.unlinking((req) => {
    const provider = providerOf(req);
    factsOf(req).provider = provider;
    return { kind: 'link', provider };
  });

  const connections = at(prefixes, '/account/connections');
  const below = (path: string) => connections.map((start) => `${start}${path}`);
  const onPage = resumeAt(() => paths.connections);
  const changing = [securityHeaders, optionalFormBody] as const;
  const router = Router();
  router.get(connections, securityHeaders, onPage, requireUser, page);
  if (parts.localAccounts) {
    router.post(
      below('/password'),
      ...changing,
      onPage,
      auditAction('auth.password.set'),
      requireUser,
      sameOrigin,
      passwordDoors.change,
      limits.passwordChange,
      recentSignIn,
      change(setPassword),
    );
    router.post(
      below('/password/remove'),
      ...changing,
      resumeAt(() => paths.asking('password')),
      auditAction('auth.password.remove'),
      requireUser,
      sameOrigin,
      passwordDoors.change,
      limits.passwordChange,
      recentSignIn,
      antiLockout(() => PASSWORD),
      change(removePassword),
    );
  }
  if (parts.recovers) {
    router.post(
      below('/email'),
      ...changing,
      onPage,
      auditAction('auth.change_email'),
      requireUser,
      sameOrigin,
      passwordDoors.change,
      bioreLimits.changeEmail,
      recentSignIn,
      change(changeAddress),
    );
  }
  router.post(
    below('/:provider/link'),
    configuredOnly(config, providerOf),
    ...changing,
    resumeAt((req) => paths.startLinking(providerOf(req), paths.connections)),
    auditAction('auth.oauth.link'),
    limits.prepare,
    requireUser,
    sameOrigin,
    elsewhereByGet,
    recentSignIn,
    link,
  );
  router.post(
    below('/:provider/unlink'),
    ...changing,
    resumeAt((req) => paths.asking(providerOf(req))),
    ...unlinking,
    change(removeLink),
  );
  router.use(undecodable);
  router.use(
    failOnPage(parts, {
      ownPage: onAccountPage(parts, ON_THE_PAGE, (req, res, failure, status) => showConnections(req, res, { status, failure })),
    }),
  );
  return router;
}

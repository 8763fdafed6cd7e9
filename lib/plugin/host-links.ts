// `keys.links`: links and the guard from code, for scripts and for the host's own routes.

import type { Transaction } from 'sequelize';
import type { SqlAccountRepository } from '../../models/account-repository.js';
import type { LinkImporter } from '../../models/link-importer.js';
import { askPermit, type Permit } from '../accounts/anti-lockout.js';
import { LatchkeyError } from '../accounts/errors.js';
import type { ImportOutcome, Namespaces } from '../accounts/link-imports.js';
import type { Links } from '../accounts/links.js';
import type { Notices } from '../accounts/notices.js';
import type { Passwords } from '../accounts/passwords.js';
import type { AccessTokenOptions, ProviderAccess } from '../accounts/provider-access.js';
import type { Session } from '../accounts/session-ports.js';
import type { RequestContext, SocialLink } from '../accounts/types.js';
import type { UsableMethods } from '../accounts/usable-methods.js';
import { aroundBy, NONE, type Spans } from '../tracing/spans.js';
import type { Asking } from './host-guard.js';
import { type ImportOptions, importLinks, type LinkRows } from './import-links.js';

export interface HostLinks {
  /** The links of a user. @throws LatchkeyError `unauthenticated` if there is no such user */
  list(userId: string | number): Promise<readonly Omit<SocialLink, 'sealedTokens'>[]>;
  /**
   * Imports existing links: rows `{ userId, provider, subject, email?, linkedAt? }` from a list, a query or a file. Each becomes a link
   * of its provider as it is configured, with an audit row and without a mail; a row that cannot be imported is listed among the
   * conflicts. Nothing is overwritten, and a second run changes nothing.
   */
  import(rows: LinkRows, options?: ImportOptions): Promise<ImportOutcome>;
  /**
   * The provider's access token for this user, with `storeProviderTokens`. A token that is about to expire is refreshed first, once,
   * however many calls in however many processes need it.
   * @throws LatchkeyError `unauthenticated` if there is no such user, `not_linked`, `reauthentication_required` if the person must sign
   * in with the provider again, `provider_disabled`, `provider_failed`, `unavailable`; TypeError if no tokens are kept
   */
  accessToken(userId: string | number, provider: string, options?: AccessTokenOptions): Promise<string>;
  /** Unlinks, from code. @throws LatchkeyError `not_linked`, `not_unlinkable`, `only_sign_in_method`, `unauthenticated` if there is no such user */
  unlink(userId: string | number, provider: string): Promise<void>;
  /**
   * Unlinks, after `antiLockout` on one of the host's own routes: also ends the sessions that were opened through the link, except the
   * one that makes the request.
   * @param permit for a link, from `permitOf(req)`
   * @throws LatchkeyError `not_linked`, `only_sign_in_method`, `unauthenticated` if the session that makes the request has ended meanwhile
   */
  unlink(permit: Permit): Promise<void>;
  /**
   * The same for the password; every other session ends. The route itself has to make sure that it is the person who asks.
   * @throws LatchkeyError `password_required` if there is none, `only_sign_in_method`, `unauthenticated`
   */
  removePassword(permit: Permit): Promise<void>;
  /**
   * The same for one of the host's own ways in: `change` removes it. The change is rolled back if it removes more than the permit says
   * and no way in that works is left.
   * @throws LatchkeyError `only_sign_in_method`
   */
  removeMethod<T>(permit: Permit, change: (transaction: Transaction) => Promise<T>): Promise<T>;
  /**
   * Runs the host's own change to a user's sign-in methods under the user's lock, and rolls it back if it would leave none that works.
   * If `mail` is set, the person is told of each sign-in method that was added or removed, in the same transaction. After a conflict in
   * the database the change runs again, so it must have no effect outside the transaction.
   * @throws LatchkeyError `only_sign_in_method`; `email_taken` for a password that would come before another person's at the same address
   */
  guard<T>(userId: string | number, change: (transaction: Transaction) => Promise<T>): Promise<T>;
}

export interface HostLinksOptions {
  readonly passwords: Pick<Passwords, 'removePermitted'>;
  askingBy(permit: Permit): Asking | undefined;
  readonly repository: SqlAccountRepository;
  readonly links: Links;
  readonly usable: UsableMethods;
  readonly notices: Notices;
  /** Undefined: no tokens are kept. */
  readonly access: ProviderAccess | undefined;
  readonly importer: LinkImporter;
  readonly namespaces: Namespaces;
}

/** The code of a host acts for nobody's browser. */
function hostContext(): RequestContext {
  return { correlationId: crypto.randomUUID(), ip: undefined, userAgent: undefined };
}

/** Told from an id by what only the rule makes. */
const isPermit = (given: string | number | Permit): given is Permit => typeof given === 'object';

export function createHostLinks(options: HostLinksOptions): HostLinks {
  const { repository, links, passwords, usable, notices, askingBy, access, importer, namespaces } = options;

  /** @throws TypeError for what is no permit of this kind: a mistake of the host's, and nobody's locked out by it */
  function assertFor(permit: Permit, kind: Permit['removing']['kind']): void {
    if (permit?.removing?.kind !== kind)
      throw new TypeError(
        `A permit for ${kind === 'host' ? 'one of your own ways in' : `a ${kind}`} is needed: put keys.antiLockout(…) before the handler, and pass permitOf(req)`,
      );
  }

  async function permitted(permit: Permit, act: (session: Session | undefined, context: RequestContext) => Promise<void>): Promise<void> {
    const asking = askingBy(permit);
    await act(asking?.session, asking?.context ?? hostContext());
    await asking?.renewSession();
  }

  async function accountOf(userId: string | number) {
    const found = await repository.findAccount(String(userId));
    if (found === undefined) throw new LatchkeyError('unauthenticated', { message: 'There is no such user' });
    return found.account;
  }

  return {
    list: async (userId) => (await accountOf(userId)).links.map(({ sealedTokens: _kept, ...link }) => link),
    import: (rows, options) => importLinks(importer, namespaces, rows, options),
    async accessToken(userId, provider, options) {
      if (access === undefined) throw new TypeError('No tokens of providers are kept: set `storeProviderTokens: true`');
      return await access.accessToken(String(userId), provider, options);
    },
    async unlink(given: string | number | Permit, provider?: string) {
      if (isPermit(given)) {
        assertFor(given, 'link');
        return permitted(given, (session, context) => links.unlink(given, session, context));
      }
      const account = await accountOf(given);
      const permit = await askPermit(account, { kind: 'link', provider: String(provider) }, repository, usable);
      await links.unlink(permit, undefined, hostContext());
    },
    async removePassword(permit) {
      assertFor(permit, 'password');
      await permitted(permit, (session, context) => passwords.removePermitted(permit, session, context));
    },
    async removeMethod(permit, change) {
      assertFor(permit, 'host');
      return await repository.guarded(permit.userId, usable, change, notices.sendChanges);
    },
    guard: (userId, change) => repository.guarded(String(userId), usable, change, notices.sendChanges),
  };
}

/** With spans; what goes through the rules has its span there. */
export function tracedLinks(links: HostLinks, spans: Spans): HostLinks {
  const { within } = spans;
  return {
    ...links,
    import: aroundBy(spans)('import', links.import),
    accessToken: (userId, provider, options) => within('access_token', { provider }, () => links.accessToken(userId, provider, options)),
    removeMethod: (permit, change) => within('guard', NONE, () => links.removeMethod(permit, change)),
    guard: (userId, change) => within('guard', NONE, () => links.guard(userId, change)),
  };
}

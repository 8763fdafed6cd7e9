// A link moves from one account of a person to another: they have just proven the identity, and the account that gives the link up keeps
// another way in.

import { askPermit, confirmRemoval, type Permit, type Removable } from './anti-lockout.js';
import { LatchkeyError } from './errors.js';
import type { LinkChange } from './links.js';
import type { Notices } from './notices.js';
import type { PendingIdentities, PendingIdentity } from './pending-identities.js';
import type { AccountRepository } from './ports.js';
import type { Session } from './session-ports.js';
import { assertActive, assertStillSignedIn } from './sessions.js';
import type { Account, RequestContext, SocialLink, VerifiedIdentity } from './types.js';
import { untilSettled } from './until-settled.js';
import type { UsableMethods } from './usable-methods.js';

export type PendingMove = Extract<PendingIdentity, { readonly why: 'link' }>;

export interface Moves {
  /** Keeps the identity for this browser; false where it cannot be moved to the account at all. */
  ask(browser: string, identity: VerifiedIdentity, to: Account, returnTo: string): Promise<boolean>;
  /** What this browser may move to the user. */
  pending(browser: string, userId: string): Promise<PendingMove | undefined>;
  /** The account that would give the link has no other way in. */
  isLocked(pending: PendingMove): Promise<boolean>;
  /**
   * Both accounts' locks are held, in the order of their ids; ends the sessions that were opened through the link.
   * @throws LatchkeyError `flow_expired` when there is nothing to move or it has changed hands, `only_sign_in_method` of the account
   * that gives, `already_linked`, `unauthenticated` when the session that asks ended meanwhile
   */
  move(browser: string, to: Account, asking: Session | undefined, context: RequestContext): Promise<PendingMove>;
}

export interface MovesOptions {
  readonly pendings: PendingIdentities;
  readonly repository: AccountRepository;
  readonly usable: UsableMethods;
  readonly notices: Notices;
  /** Both told after the commit. */
  onLinked(change: LinkChange): void;
  onUnlinked(change: LinkChange): void;
}

const changeOf = ({ userId, provider, subject }: SocialLink): LinkChange => ({ userId, provider, subject });

export function createMoves({ pendings, repository, usable, notices, onLinked, onUnlinked }: MovesOptions): Moves {
  const linkOf = ({ identity: { provider } }: PendingMove): Removable => ({ kind: 'link', provider });

  async function pending(browser: string, userId: string): Promise<PendingMove | undefined> {
    const found = await pendings.peek(browser);
    return found?.why === 'link' && found.to === userId ? found : undefined;
  }

  /** @throws LatchkeyError `only_sign_in_method`, `not_linked` */
  async function permitFor(move: PendingMove): Promise<Permit> {
    const giving = (await repository.findAccount(move.from))?.account;
    if (giving === undefined) throw new LatchkeyError('flow_expired');
    return await askPermit(giving, linkOf(move), repository, usable);
  }

  async function moveOnce(
    { from, to, identity }: PendingMove,
    permit: Permit,
    asking: Session | undefined,
    context: RequestContext,
  ): Promise<readonly [SocialLink, SocialLink]> {
    return await repository.lockedBoth([from, to], { sessionId: asking?.id, identity }, async (giving, taking) => {
      assertActive(giving.account.user);
      assertActive(taking.account.user);
      assertStillSignedIn(asking, taking);
      const { provider } = identity;
      const link = giving.account.links.find((own) => own.provider === provider);
      if (link === undefined || giving.holder !== from) throw new LatchkeyError('flow_expired');
      if (taking.account.links.some((own) => own.provider === provider)) throw new LatchkeyError('already_linked');
      await giving.remove(await confirmRemoval(giving, permit, usable));
      const { subject, sealedTokens } = link;
      if (sealedTokens !== undefined) await giving.revokeLater({ provider, subject, sealedTokens });
      const made = await taking.insertLink(identity, new Date());
      const detail = { moved: true };
      await giving.audit({ event: 'auth.oauth.unlink.success', userId: from, provider, detail }, context);
      await taking.audit({ event: 'auth.oauth.link.success', userId: to, provider, detail }, context);
      await notices.send(giving, giving.account.user, 'unlinked', provider);
      await notices.send(taking, taking.account.user, 'linked', provider);
      return [link, made];
    });
  }

  return {
    pending,
    async ask(browser, identity, to, returnTo) {
      const owner = (await repository.findByIdentity(identity))?.user;
      const hasOne = to.links.some(({ provider }) => provider === identity.provider);
      // Banned users do not come back by a link that somebody else has.
      if (usable.mayUnlink?.(identity.provider) === false) return false;
      if (owner === undefined || owner.id === to.user.id || owner.status !== 'active' || hasOne) return false;
      await pendings.keep(browser, { why: 'link', from: owner.id, to: to.user.id, returnTo, identity });
      return true;
    },
    isLocked: (move) =>
      permitFor(move).then(
        () => false,
        (error: unknown) => {
          if (error instanceof LatchkeyError && error.code === 'only_sign_in_method') return true;
          throw error;
        },
      ),
    async move(browser, to, asking, context) {
      const found = await pending(browser, to.user.id);
      if (found === undefined) throw new LatchkeyError('flow_expired');
      const permit = await permitFor(found);
      // Under the locks it happens once, whoever asks; what comes to nothing can be asked again.
      const [gone, made] = await untilSettled(() => moveOnce(found, permit, asking, context));
      await pendings.forget(browser);
      onUnlinked(changeOf(gone));
      onLinked(changeOf(made));
      return found;
    },
  };
}

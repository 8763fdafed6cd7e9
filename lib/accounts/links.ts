// Linking and unlinking: every change to the set of sign-in methods runs under the user's lock.

import { confirmRemoval, type Permit } from './anti-lockout.js';
import { LatchkeyError } from './errors.js';
import type { OwnIntent } from './flow.js';
import type { Notices } from './notices.js';
import type { AccountRepository } from './ports.js';
import type { Session } from './session-ports.js';
import { assertActive, assertStillSignedIn, isAlive } from './sessions.js';
import { isSuccessor } from './successors.js';
import type { RequestContext, SocialLink, User, VerifiedIdentity } from './types.js';
import { untilSettled } from './until-settled.js';
import type { UsableMethods } from './usable-methods.js';

export interface LinksOptions {
  readonly repository: AccountRepository;
  readonly usable: UsableMethods;
  readonly notices: Notices;
  /** Told after the commit. */
  onLinked(change: LinkChange): void;
  onUnlinked(change: LinkChange): void;
}

export interface LinkChange {
  readonly userId: string;
  readonly provider: string;
  readonly subject: string;
}

type Began = Pick<OwnIntent, 'preparedIn' | 'userSince'>;

export interface Links {
  /**
   * @param began by whom it was begun, which must hold still when the lock is held; absent: it begins here
   * @throws LatchkeyError `flow_expired` when that session is over or the id somebody else's, `already_linked` when the user has a link of that provider, `linked_to_other_user` when the
   * identity is another user's
   */
  link(userId: string, identity: VerifiedIdentity, context: RequestContext, began?: Began): Promise<SocialLink>;
  /**
   * Ends the sessions that were opened through the link, except the one that asks.
   * @throws LatchkeyError `not_linked`, `only_sign_in_method`, `unauthenticated` when the session that asks ended meanwhile
   */
  unlink(permit: Permit, asking: Session | undefined, context: RequestContext): Promise<void>;
}

const isSomebodyElse = ({ createdAt }: User, { userSince }: Began) => isSuccessor({ createdAt, remembered: new Date(userSince) });

const changeOf = ({ userId, provider, subject }: SocialLink): LinkChange => ({ userId, provider, subject });

export function createLinks({ repository, usable, notices, onLinked, onUnlinked }: LinksOptions): Links {
  async function linkOnce(
    userId: string,
    identity: VerifiedIdentity,
    context: RequestContext,
    began: Began | undefined,
  ): Promise<SocialLink> {
    const sessionId = began?.preparedIn?.id;
    return await repository.locked(userId, { sessionId, identity }, async (locked) => {
      const { user, links } = locked.account;
      assertActive(user);
      const isOver = sessionId !== undefined && !isAlive(locked.session);
      if (isOver || (began !== undefined && isSomebodyElse(user, began))) throw new LatchkeyError('flow_expired');
      if (locked.holder !== undefined && locked.holder !== userId) throw new LatchkeyError('linked_to_other_user');
      if (links.some((link) => link.provider === identity.provider)) throw new LatchkeyError('already_linked');
      const link = await locked.insertLink(identity, new Date());
      await locked.audit({ event: 'auth.oauth.link.success', userId, provider: identity.provider }, context);
      await notices.send(locked, user, 'linked', identity.provider);
      return link;
    });
  }

  async function remove(permit: Permit, asking: Session | undefined, context: RequestContext): Promise<SocialLink> {
    return await repository.locked(permit.userId, { sessionId: asking?.id }, async (locked) => {
      assertActive(locked.account.user);
      assertStillSignedIn(asking, locked);
      const removal = await confirmRemoval(locked, permit, usable);
      const { removing } = removal;
      const link = removing.kind === 'link' ? locked.account.links.find(({ provider }) => provider === removing.provider) : undefined;
      if (link === undefined) throw new TypeError('The permit is not for a link');
      if (asking?.linkId === link.id) await locked.detachSession(asking.id);
      await locked.remove(removal);
      const { provider, subject, sealedTokens } = link;
      if (sealedTokens !== undefined) await locked.revokeLater({ provider, subject, sealedTokens });
      await locked.audit({ event: 'auth.oauth.unlink.success', userId: permit.userId, provider }, context);
      await notices.send(locked, locked.account.user, 'unlinked', provider);
      return link;
    });
  }

  return {
    async link(userId, identity, context, began) {
      const link = await untilSettled(() => linkOnce(userId, identity, context, began));
      onLinked(changeOf(link));
      return link;
    },
    async unlink(permit, asking, context) {
      onUnlinked(changeOf(await remove(permit, asking, context)));
    },
  };
}

// Invitations from code: a link for each, to be sent to whoever is to sign up.

import { type InvitationRepository, invite } from '../accounts/invitations.js';
import { durationMs } from '../support/duration.js';

export interface InviteOptions {
  /** Only whoever has this address, proven, may use it. Default: whoever has the link. */
  readonly email?: string;
  /** How long, a duration with unit. Default `"7d"`. */
  readonly expiresIn?: string;
}

export interface CreatedInvite {
  /** Of a page of ours that goes on to sign-in; opening it uses nothing up. */
  readonly url: string;
  /** The same for a client without a browser: the header `Latchkey-Invitation`. It is kept nowhere, only its hash. */
  readonly token: string;
}

export interface HostInvites {
  /** Makes an invitation that one sign-up uses up. @throws TypeError where `signUp.invites` is off, and for what is no address or duration */
  create(options?: InviteOptions): Promise<CreatedInvite>;
}

export interface HostInvitesOptions {
  readonly invitations: InvitationRepository;
  /** Somebody would ask for one. */
  readonly isOn: boolean;
  /** The address of the page behind the link. */
  readonly page: string;
}

export function createHostInvites({ invitations, isOn, page }: HostInvitesOptions): HostInvites {
  return {
    async create({ email, expiresIn = '7d' } = {}) {
      if (!isOn) throw new TypeError('invites: nobody asks for an invitation; set `signUp: { invites: true }`');
      const ttlMs = durationMs(expiresIn);
      if (ttlMs === undefined) throw new TypeError('expiresIn: expected a duration with its unit, such as "7d"');
      const token = await invite(invitations, { email, ttlMs });
      return { url: `${page}?${new URLSearchParams({ token })}`, token };
    },
  };
}

// Invitations from code: each is a link to send to the person who may sign up.

import { type InvitationRepository, invite } from '../accounts/invitations.js';
import { durationMs } from '../support/duration.js';

export interface InviteOptions {
  /** Only a person who has proven this address may use the invitation. Default: anyone who has the link. */
  readonly email?: string;
  /** How long it is valid: a duration with unit. Default `"7d"`. */
  readonly expiresIn?: string;
}

export interface CreatedInvite {
  /** A link to a page of ours that goes on to sign-in; opening it does not use the invitation up. */
  readonly url: string;
  /** The same for a client without a browser, as the header `Latchkey-Invitation`. Only its hash is stored. */
  readonly token: string;
}

export interface HostInvites {
  /** Makes an invitation for one sign-up. @throws TypeError if `signUp.invites` is off, or if the address or duration is not valid */
  create(options?: InviteOptions): Promise<CreatedInvite>;
}

export interface HostInvitesOptions {
  readonly invitations: InvitationRepository;
  /** Whether sign-ups use invitations at all. */
  readonly isOn: boolean;
  /** The address of the page behind the link. */
  readonly page: string;
}

export function createHostInvites({ invitations, isOn, page }: HostInvitesOptions): HostInvites {
  return {
    async create({ email, expiresIn = '7d' } = {}) {
      if (!isOn) throw new TypeError('invites: sign-up does not use invitations; set `signUp: { invites: true }`');
      const ttlMs = durationMs(expiresIn);
      if (ttlMs === undefined) throw new TypeError('expiresIn: expected a duration with its unit, such as "7d"');
      const token = await invite(invitations, { email, ttlMs });
      return { url: `${page}?${new URLSearchParams({ token })}`, token };
    },
  };
}

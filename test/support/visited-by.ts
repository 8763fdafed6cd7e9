// Who a test provider takes a real browser for, which brings no ticket.

import type { OpenIdProvider } from './openid-provider.js';
import type { Person } from './person.js';

/** Whoever visits from now on is this person; before, everybody is somebody new. */
export function visitedBy({ bend }: Pick<OpenIdProvider, 'bend'>, who: Person): void {
  bend.idTokenClaims = ({ email: _email, email_verified: _verified, name: _name, ...honest }) => ({ ...honest, ...who });
  bend.userinfo = () => who;
}

// A flow to a provider and back: prepare makes the flow, finish uses it up and does what was intended.

import { LatchkeyError } from './errors.js';
import type { Flow, Intent } from './flow.js';
import type { Binding, FlowRequest, Flows, NewFlow } from './flows.js';
import type { Links } from './links.js';
import type { AuthorizationAnswer, ProviderClients } from './provider-clients.js';
import type { SessionRef } from './sessions.js';
import type { SignedIn, SignIn } from './sign-in.js';
import type { Account, RequestContext, SocialLink, VerifiedIdentity } from './types.js';
import type { UsableMethods } from './usable-methods.js';

export interface AuthorizationsOptions {
  readonly flows: Flows;
  readonly providerClients: ProviderClients;
  readonly signIn: SignIn;
  readonly links: Links;
  readonly usable: Pick<UsableMethods, 'acceptsLink'>;
}

export interface PrepareRequest extends Omit<NewFlow, 'intent'> {
  /** Who links; absent for anything else. */
  readonly linkTo?: Account | undefined;
  /** Who signs in again; absent for anything else. */
  readonly signInAgain?: Account | undefined;
  /** The session of ours that asks; absent where the host's own does, and for a sign-in. */
  readonly preparedIn?: SessionRef | undefined;
  readonly binding: Binding;
  readonly hint: string | undefined;
}

export type Finished =
  | ({ readonly kind: 'signed-in' } & SignedIn)
  | { readonly kind: 'linked'; readonly userId: string; readonly link: SocialLink };

export interface FinishRequest extends FlowRequest {
  readonly answer: AuthorizationAnswer;
  /** Told as soon as the flow is known, before anything can fail. */
  onFlow(flow: Flow): void;
  /** Told whom the provider has named, before anything is done with it. */
  onIdentity?(identity: VerifiedIdentity): void;
}

export interface Authorizations {
  /**
   * The authorization URL.
   * @throws LatchkeyError `provider_disabled`, `already_linked`, `not_linked`, `provider_failed`
   */
  prepare(request: PrepareRequest): Promise<string>;
  /** @throws LatchkeyError `flow_expired`, `provider_disabled`, `provider_failed`, `denied`, and what signing in and linking throw */
  finish(request: FinishRequest, context: RequestContext): Promise<Finished>;
}

function intentOf({ linkTo, signInAgain, preparedIn }: Pick<PrepareRequest, 'linkTo' | 'signInAgain' | 'preparedIn'>): Intent {
  const own = ({ user }: Account) => ({ userId: user.id, userSince: user.createdAt.getTime(), preparedIn });
  if (linkTo !== undefined) return { kind: 'link', ...own(linkTo) };
  return signInAgain === undefined ? { kind: 'sign-in' } : { kind: 'reauthenticate', ...own(signInAgain) };
}

export function createAuthorizations({ flows, providerClients, signIn, links, usable }: AuthorizationsOptions): Authorizations {
  function assertEnabled(provider: string): void {
    if (!providerClients.isEnabled(provider)) throw new LatchkeyError('provider_disabled');
  }

  return {
    async prepare({ linkTo, signInAgain, preparedIn, binding, hint, ...request }) {
      assertEnabled(request.provider);
      const linkIn = (account: Account | undefined) => account?.links.find((link) => link.provider === request.provider);
      if (linkIn(linkTo) !== undefined) throw new LatchkeyError('already_linked');
      const own = linkIn(signInAgain);
      if (signInAgain !== undefined && (own === undefined || usable.acceptsLink(own) === false)) throw new LatchkeyError('not_linked');
      const intent = intentOf({ linkTo, signInAgain, preparedIn });
      return providerClients.authorizationUrl(flows.prepare({ ...request, intent }, binding), hint);
    },
    async finish(request, context) {
      const flow = await flows.take(request);
      request.onFlow(flow);
      assertEnabled(flow.provider);
      const identity = await providerClients.identify(flow, request.answer);
      request.onIdentity?.(identity);
      const { intent } = flow;
      if (intent.kind === 'link') {
        const link = await links.link(intent.userId, identity, context, intent);
        return { kind: 'linked', userId: intent.userId, link };
      }
      const opens = flow.entry === 'json' ? 'tokens' : 'cookie';
      if (intent.kind === 'sign-in') return { kind: 'signed-in', ...(await signIn.signIn(identity, opens, context)) };
      // The provider took its time, in which the person may have signed out.
      if (await flows.isOver(intent)) throw new LatchkeyError('flow_expired');
      return { kind: 'signed-in', ...(await signIn.signInAgain(intent.userId, identity, opens, context)) };
    },
  };
}

// A trip to a provider and back: prepare makes the flow, finish uses it up and does what was intended.

import { LatchkeyError } from '../errors.js';
import type { Binding, Flow, FlowRequest, Flows, NewFlow } from './flows.js';
import type { Links } from './links.js';
import type { AuthorizationAnswer, ProviderGate } from './provider-gate.js';
import type { SignedIn, SignIn } from './sign-in.js';
import type { Account, RequestContext, SocialLink } from './types.js';

export interface TripsOptions {
  readonly flows: Flows;
  readonly gate: ProviderGate;
  readonly signIn: SignIn;
  readonly links: Links;
  isProviderEnabled(provider: string): boolean;
}

export interface PrepareRequest extends Omit<NewFlow, 'intent'> {
  /** Who links; undefined signs in. */
  readonly linkTo: Account | undefined;
  readonly binding: Binding;
  readonly hint: string | undefined;
}

export type Finished = ({ readonly kind: 'signed-in' } & SignedIn) | { readonly kind: 'linked'; readonly link: SocialLink };

export interface FinishRequest extends FlowRequest {
  readonly answer: AuthorizationAnswer;
  /** Told as soon as the flow is known, before anything can fail. */
  onFlow(flow: Flow): void;
}

export interface Trips {
  /**
   * The authorization URL.
   * @throws LatchkeyError `provider_disabled`, `already_linked`, `provider_failed`
   */
  prepare(request: PrepareRequest): Promise<string>;
  /** @throws LatchkeyError `flow_expired`, `provider_disabled`, `provider_failed`, `denied`, and what signing in and linking throw */
  finish(request: FinishRequest, context: RequestContext): Promise<Finished>;
}

export function createTrips({ flows, gate, signIn, links, isProviderEnabled }: TripsOptions): Trips {
  function assertEnabled(provider: string): void {
    if (!isProviderEnabled(provider)) throw new LatchkeyError('provider_disabled');
  }

  return {
    async prepare({ linkTo, binding, hint, ...request }) {
      assertEnabled(request.provider);
      if (linkTo?.links.some((link) => link.provider === request.provider)) throw new LatchkeyError('already_linked');
      const intent: Flow['intent'] = linkTo === undefined ? { kind: 'sign-in' } : { kind: 'link', userId: linkTo.user.id };
      return gate.authorizationUrl(flows.prepare({ ...request, intent }, binding), hint);
    },
    async finish(request, context) {
      const flow = await flows.take(request);
      request.onFlow(flow);
      assertEnabled(flow.provider);
      const identity = await gate.identify(flow, request.answer);
      if (flow.intent.kind === 'link') return { kind: 'linked', link: await links.link(flow.intent.userId, identity, context) };
      return { kind: 'signed-in', ...(await signIn(identity, context)) };
    },
  };
}

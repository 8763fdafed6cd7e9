// One trip to a provider and back: who may finish it is settled when it is prepared.

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { LatchkeyError } from '../errors.js';
import type { OneTimeStore } from '../stores/one-time-store.js';

export const FLOW_TTL_MS = 10 * 60 * 1000;

/** Fixed when the flow is made and kept on the server: the callback never says whom to link to. */
export type Intent = { readonly kind: 'sign-in' } | { readonly kind: 'link'; readonly userId: string };

export interface Flow {
  /** A UUID; the `state` of the authorization request. */
  readonly id: string;
  readonly provider: string;
  readonly intent: Intent;
  /** OpenID Connect Core 3.1.2.1. */
  readonly nonce: string;
  /** RFC 7636, section 4.1. */
  readonly codeVerifier: string;
  /** Who calls finish: a script with JSON, or the callback URL itself. */
  readonly entry: 'json' | 'browser';
  /** A path on this origin, checked when the flow was made. */
  readonly returnTo?: string;
}

/** Who prepared the flow, and so who may finish it. */
export type Binding =
  /** A browser: whoever finishes must carry the secret of its flow cookie. */
  | { readonly kind: 'browser'; readonly secret: string }
  /** Any other client; `challenge` is the base64url SHA-256 of a secret it keeps. */
  | { readonly kind: 'client'; readonly challenge: string | undefined };

/** What a finish brings along to show that the flow is its own. */
export interface FinishEvidence {
  readonly browserSecret: string | undefined;
  readonly fromBrowser: boolean;
  readonly bindingSecret: string | undefined;
}

export interface NewFlow {
  readonly provider: string;
  readonly intent: Intent;
  readonly entry: Flow['entry'];
  readonly returnTo?: string;
}

/** A flow that is not yet kept: the strategy's state store calls `save` once the authorization request is built. */
export interface PreparedFlow {
  readonly flow: Flow;
  save(): Promise<void>;
}

export interface FlowRequest {
  readonly provider: string;
  readonly id: string;
  readonly evidence: FinishEvidence;
  /** Who is signed in while finishing, if anyone. */
  readonly userId: string | undefined;
}

const sha256 = (value: string) => createHash('sha256').update(value).digest('base64url');

function bindingText(binding: Binding): string {
  return binding.kind === 'browser' ? `browser:${sha256(binding.secret)}` : `client:${binding.challenge ?? ''}`;
}

/** Provider and binding are part of the key: who lacks either finds nothing, and so cannot use the flow up. */
function flowKey(provider: string, id: string, binding: Binding): string {
  return `flow:${sha256(JSON.stringify([provider, id, bindingText(binding)]))}`;
}

/** A browser is refused where a client without a cookie prepared the flow. */
function bindingsOf({ browserSecret, fromBrowser, bindingSecret }: FinishEvidence): readonly Binding[] {
  return [
    ...(browserSecret === undefined ? [] : [{ kind: 'browser', secret: browserSecret } as const]),
    ...(fromBrowser ? [] : [{ kind: 'client', challenge: bindingSecret === undefined ? undefined : sha256(bindingSecret) } as const]),
  ];
}

export interface Flows {
  prepare(flow: NewFlow, binding: Binding): PreparedFlow;
  /** Looks without using the flow up. */
  peek(request: FlowRequest): Promise<Flow | undefined>;
  /**
   * Uses the flow up: of many finishes at once one gets it.
   * @throws LatchkeyError `flow_expired` for an unknown, foreign, replayed or expired flow alike
   */
  take(request: FlowRequest): Promise<Flow>;
}

export function createFlows(store: OneTimeStore): Flows {
  async function find({ provider, id, evidence, userId }: FlowRequest): Promise<{ readonly key: string; readonly flow: Flow } | undefined> {
    for (const binding of bindingsOf(evidence)) {
      const key = flowKey(provider, id, binding);
      const flow = (await store.peek(key)) as Flow | undefined;
      if (flow === undefined) continue;
      const foreign = flow.intent.kind === 'link' && userId !== undefined && userId !== flow.intent.userId;
      return foreign ? undefined : { key, flow };
    }
    return undefined;
  }

  return {
    prepare(newFlow, binding) {
      const flow: Flow = {
        ...newFlow,
        id: randomUUID(),
        nonce: randomBytes(24).toString('base64url'),
        codeVerifier: randomBytes(32).toString('base64url'),
      };
      return { flow, save: () => store.put(flowKey(flow.provider, flow.id, binding), flow, FLOW_TTL_MS) };
    },
    async peek(request) {
      return (await find(request))?.flow;
    },
    async take(request) {
      const found = await find(request);
      const taken = found === undefined ? undefined : await store.take(found.key);
      if (taken === undefined) throw new LatchkeyError('flow_expired');
      return taken as Flow;
    },
  };
}

// One flow to a provider and back: who may finish it is decided when it is prepared.

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { LatchkeyError } from './errors.js';
import { type Entry, endIn, FLOW_TTL_MS, type Flow, type FlowEnd, type Intent, keepEnd, type StrategySession } from './flow.js';
import type { OneTimeStore } from './one-time-store.js';
import type { LiveSessions } from './sessions.js';

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
  save(strategySession?: StrategySession): Promise<void>;
}

export interface FlowRequest {
  /** The callback URL finishes flows that a browser began there, and no others. */
  readonly door: 'json' | 'callback';
  readonly provider: string;
  readonly id: string;
  readonly evidence: FinishEvidence;
  /** Who is signed in while finishing, if anyone. */
  readonly userId: string | undefined;
  /** The session of ours that signs the finish, seen to be alive; absent where there is none. */
  readonly sessionId?: string | undefined;
}

/** RFC 9562, section 5.8: version 8 is free to mean something; here that the callback finishes the flow itself. */
const CALLBACK_VERSION = '8';

function newId(entry: Entry): string {
  const id = randomUUID();
  return entry === 'json' ? id : `${id.slice(0, 14)}${CALLBACK_VERSION}${id.slice(15)}`;
}

/** Told by the id alone, so that it says nothing about whether there is such a flow. */
export function doorOf(id: string): FlowRequest['door'] {
  return id.charAt(14) === CALLBACK_VERSION ? 'callback' : 'json';
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
  peek(request: Omit<FlowRequest, 'door'>): Promise<Flow | undefined>;
  /**
   * Uses the flow up: of many finishes at once one gets it. Whoever may not finish it leaves it as it was.
   * @throws LatchkeyError `flow_expired` for an unknown, foreign, replayed or expired flow alike, and for one whose session is over
   */
  take(request: FlowRequest): Promise<Flow>;
  /** The session that the flow was prepared in is over. */
  isOver(intent: Intent): Promise<boolean>;
  /** What became of a flow that this browser has brought to the callback before; undefined for any other, and when its time is over. */
  end(request: Omit<FlowRequest, 'door'>): Promise<FlowEnd | undefined>;
  /** Leaves word of what became of a flow that the callback took; without any it came to nothing, and is gone like any other. */
  settle(request: Omit<FlowRequest, 'door'>, end: FlowEnd | undefined): Promise<void>;
}

/** A popup may have been opened for a client that signs with tokens; a tab belongs to whoever was signed in there. */
function isForeign({ intent, entry }: Flow, { userId }: FlowRequest): boolean {
  if (intent.kind === 'sign-in') return false;
  return userId === undefined ? entry === 'browser' || intent.preparedIn === undefined : intent.userId !== userId;
}

const flowIn = (record: unknown) => (endIn(record) === undefined ? (record as Flow | undefined) : undefined);

export function createFlows(store: OneTimeStore, sessions: LiveSessions): Flows {
  /** A flow, or the end of one. */
  type Found = { readonly key: string; readonly record: unknown };
  async function find({ provider, id, evidence }: Omit<FlowRequest, 'door'>): Promise<Found | undefined> {
    for (const binding of bindingsOf(evidence)) {
      const key = flowKey(provider, id, binding);
      const record = await store.peek(key);
      if (record !== undefined) return { key, record };
    }
    return undefined;
  }

  async function isOver(intent: Intent): Promise<boolean> {
    if (intent.kind === 'sign-in' || intent.preparedIn === undefined) return false;
    return (await sessions.find(intent.userId, intent.preparedIn)) === undefined;
  }

  async function mayFinish(flow: Flow, request: FlowRequest): Promise<boolean> {
    if (isForeign(flow, request)) return false;
    const signsItself = flow.intent.kind !== 'sign-in' && flow.intent.preparedIn?.id === request.sessionId;
    return signsItself || !(await isOver(flow.intent));
  }

  /** Of two who saw the flow one gets it, and leaves its end there; what the other put in the place of that is undone. */
  async function arrive(key: string, { entry, returnTo = '/' }: Flow): Promise<boolean> {
    const underWay = keepEnd({ state: 'under-way', goTo: entry === 'popup' ? undefined : returnTo });
    const kept = await store.exchange(key, underWay);
    const end = endIn(kept);
    if (end?.state === 'done') await store.exchange(key, keepEnd(end));
    return flowIn(kept) !== undefined;
  }

  return {
    prepare(newFlow, binding) {
      const flow: Flow = {
        ...newFlow,
        id: newId(newFlow.entry),
        at: Date.now(),
        nonce: randomBytes(24).toString('base64url'),
        codeVerifier: randomBytes(32).toString('base64url'),
      };
      const key = flowKey(flow.provider, flow.id, binding);
      return {
        flow,
        save: (strategySession) => store.put(key, strategySession === undefined ? flow : { ...flow, strategySession }, FLOW_TTL_MS),
      };
    },
    peek: async (request) => flowIn((await find(request))?.record),
    async take(request) {
      // A flow is never changed once made, so looking first is no race: the claim decides who gets it, or the exchange.
      const found = doorOf(request.id) === request.door ? await find(request) : undefined;
      const flow = flowIn(found?.record);
      const mayTake = found !== undefined && flow !== undefined && (await mayFinish(flow, request));
      const taken = mayTake && (await (request.door === 'callback' ? arrive(found.key, flow) : store.claim(found.key)));
      if (!taken) throw new LatchkeyError('flow_expired');
      return flow;
    },
    isOver,
    end: async (request) => endIn((await find(request))?.record),
    async settle(request, end) {
      const [first, ...others] = bindingsOf(request.evidence);
      // With one binding there is one place to look, and the store finds out itself whether anything is kept there.
      const isOnly = first !== undefined && others.length === 0;
      const key = isOnly ? flowKey(request.provider, request.id, first) : (await find(request))?.key;
      if (key !== undefined) await (end === undefined ? store.claim(key) : store.exchange(key, keepEnd(end)));
    },
  };
}

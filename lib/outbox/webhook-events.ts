// Which changes other services hear of, and what they hear: only ids, never an address or a token.

import { createHash } from 'node:crypto';
import type { AuditEvent, AuditEventName } from '../accounts/audit-events.js';

export const WEBHOOK_EVENTS = [
  'user.created',
  'user.signed_in',
  'link.created',
  'link.removed',
  'password.changed',
  'password.removed',
] as const;

export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

export interface WebhookConfig {
  /** https, or http to a loopback host. */
  readonly url: string;
  /** `whsec_` and base64. */
  readonly secret: string;
  readonly events: readonly WebhookEvent[];
}

/** One event for one endpoint, in the outbox. Plain JSON. */
export interface WebhookMessage {
  /** `endpointId` of its address, which may hold a secret. */
  readonly endpoint: string;
  readonly type: WebhookEvent;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly data: { readonly userId: string; readonly provider?: string };
}

/** What an endpoint is called in the outbox. 32 hex digits. */
export function endpointId(url: string): string {
  return createHash('sha256').update(url).digest('hex').slice(0, 32);
}

/** An audit row of a success is written wherever something changes, in the same commit. */
const TOLD: Readonly<Partial<Record<AuditEventName, WebhookEvent>>> = {
  'auth.oauth.sign_in.success': 'user.signed_in',
  'auth.password.sign_in.success': 'user.signed_in',
  'auth.password.sign_up.success': 'user.created',
  'auth.oauth.link.success': 'link.created',
  'auth.oauth.unlink.success': 'link.removed',
  'auth.password.set.success': 'password.changed',
  'auth.change_password.success': 'password.changed',
  'auth.reset_password.success': 'password.changed',
  'auth.password.remove.success': 'password.removed',
};

/** What the endpoints are to be told of what was written down. */
export type WebhooksFor = (event: AuditEvent) => readonly WebhookMessage[];

/** Undefined where there is no endpoint. */
export function createWebhooksFor(webhooks: readonly WebhookConfig[]): WebhooksFor | undefined {
  if (webhooks.length === 0) return undefined;
  return ({ event, userId, provider, detail }) => {
    const told = TOLD[event];
    if (told === undefined || userId === undefined) return [];
    const types: readonly WebhookEvent[] = detail?.created === true ? ['user.created', told] : [told];
    const about = { timestamp: new Date().toISOString(), data: { userId, ...(provider === undefined ? {} : { provider }) } };
    return types.flatMap((type) =>
      webhooks.filter(({ events }) => events.includes(type)).map(({ url }) => ({ endpoint: endpointId(url), type, ...about })),
    );
  };
}

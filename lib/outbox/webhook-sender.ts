// Sends webhooks from the outbox to their URLs, signed as Standard Webhooks 1.0 require.

import { createHmac } from 'node:crypto';
import { withDeadline } from '../support/deadline.js';
import { UndeliverableMessage } from './failed-deliveries.js';
import { endpointId, type WebhookConfig, type WebhookMessage } from './webhook-events.js';

/** Milliseconds for the whole answer. */
const TIMEOUT_MS = 15_000;

/** `webhook-signature`: over id, seconds and body. */
export function signWebhook(secret: string, id: string, seconds: number, body: string): string {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`;
}

/** Any answer but a 2xx is tried again; 410 says that nobody wants it any more. */
export function webhookSender(webhooks: readonly WebhookConfig[]): (id: string, message: WebhookMessage) => Promise<void> {
  const byId = new Map(webhooks.map((webhook) => [endpointId(webhook.url), webhook]));
  return async (id, { endpoint, type, timestamp, data }) => {
    const webhook = byId.get(endpoint);
    if (webhook === undefined) throw new UndeliverableMessage('The endpoint is not configured any more');
    const body = JSON.stringify({ type, timestamp, data });
    const seconds = Math.floor(Date.now() / 1000);
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(seconds),
      'webhook-signature': signWebhook(webhook.secret, id, seconds, body),
    };
    const response = await withDeadline(TIMEOUT_MS, async (signal) => {
      const answer = await fetch(webhook.url, { method: 'POST', headers, body, redirect: 'manual', signal });
      await answer.body?.cancel();
      return answer;
    });
    if (response.status === 410) throw new UndeliverableMessage('The endpoint is gone (410)');
    if (!response.ok) throw new Error(`The endpoint answered status ${response.status}`);
  };
}

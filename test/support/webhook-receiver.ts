// An endpoint that keeps what webhooks bring.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Delivery {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

export interface WebhookReceiver {
  readonly url: string;
  readonly deliveries: Delivery[];
  /** What it answers; undefined: nothing at all. */
  status: number | undefined;
  close(): void;
}

export async function openWebhookReceiver(): Promise<WebhookReceiver> {
  const deliveries: Delivery[] = [];
  const server = createServer(async (req, res) => {
    let body = '';
    for await (const chunk of req) body += chunk;
    deliveries.push({ headers: req.headers, body });
    if (receiver.status !== undefined) res.writeHead(receiver.status).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const receiver: WebhookReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    deliveries,
    status: 204,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return receiver;
}

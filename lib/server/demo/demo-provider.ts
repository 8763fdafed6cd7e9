// An OpenID provider on loopback with two people to choose from, so that everything can be tried without an account anywhere.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Provider } from 'oidc-provider';
import type { Logger } from '../../support/logger.js';
import { demoConfiguration, MOUNT_PATH } from './configuration.js';
import { serveInteraction } from './interaction.js';
import { loadOidcProvider } from './load-oidc-provider.js';
import { type DemoPeople, demoPeople } from './people.js';

export interface DemoProviderOptions {
  /** Loopback only: whoever reaches it can be anybody. */
  readonly host: '127.0.0.1';
  /** 0 takes a free one. */
  readonly port: number;
  /** Where it may send people back to; any other is refused. */
  readonly redirectUris: readonly string[];
  readonly logger: Logger;
  /** Default Alice and Bob. */
  readonly people?: DemoPeople;
}

export interface DemoProvider {
  /** For a plain OpenID provider. */
  readonly issuer: string;
  /** For Logto, as its endpoint. */
  readonly origin: string;
  readonly clientId: string;
  /** New at every start; `client_secret_basic`. */
  readonly clientSecret: string;
  close(): Promise<void>;
}

const CLIENT_ID = 'latchkey-demo';

/** Each flow starts as a stranger, so that another account can be chosen each time: its session is not shown to this endpoint. */
const AUTHORIZATION = /^\/auth(?:[/?]|$)/;

function refuse(res: ServerResponse, status: number): void {
  res.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' }).end('Not here\n');
}

function withoutSession(cookies: string | undefined): string {
  return (cookies ?? '')
    .split(';')
    .filter((cookie) => !cookie.trim().startsWith('latchkey_demo_session'))
    .join(';');
}

interface ListenerOptions {
  readonly host: string;
  readonly people: DemoPeople;
  readonly logger: Logger;
}

function createRequestListener(provider: Provider, { host, people, logger }: ListenerOptions): RequestListener {
  const serveProtocol = provider.callback();

  async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = req.url ?? '';
    // Links are built from the Host header: a page elsewhere that points its name at loopback gets none.
    if (req.headers.host !== host) return refuse(res, 421);
    if (!url.startsWith(`${MOUNT_PATH}/`)) return refuse(res, 404);
    if (url.startsWith(`${MOUNT_PATH}/interaction/`)) return serveInteraction(provider, people, req, res);
    req.url = url.slice(MOUNT_PATH.length);
    if (AUTHORIZATION.test(req.url)) req.headers.cookie = withoutSession(req.headers.cookie);
    await serveProtocol(Object.assign(req, { originalUrl: url }), res);
  }

  return (req, res) => {
    serve(req, res).catch((error: unknown) => {
      logger.error({ err: error }, 'The demo provider failed');
      if (res.headersSent) res.destroy();
      else refuse(res, 500);
    });
  };
}

/**
 * Starts it; takes less than a second.
 * @throws Error when the package oidc-provider is not installed, or the port is taken
 */
export async function startDemoProvider(options: DemoProviderOptions): Promise<DemoProvider> {
  const { host, port, redirectUris, logger, people = demoPeople() } = options;
  const library = await loadOidcProvider();
  const client = { clientId: CLIENT_ID, clientSecret: randomBytes(32).toString('base64url'), redirectUris, people };
  const configuration = await demoConfiguration(client, library.interactionPolicy);

  const server = createServer();
  server.listen(port, host);
  await once(server, 'listening');
  const address = `${host}:${(server.address() as AddressInfo).port}`;
  const origin = `http://${address}`;
  const issuer = `${origin}${MOUNT_PATH}`;

  const provider = new library.Provider(issuer, configuration);
  // Koa prints by itself what we log.
  provider.silent = true;
  provider.on('server_error', (_ctx, error) => logger.error({ err: error }, 'The demo provider failed'));
  server.on('request', createRequestListener(provider, { host: address, people, logger }));

  return {
    issuer,
    origin,
    clientId: client.clientId,
    clientSecret: client.clientSecret,
    async close() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

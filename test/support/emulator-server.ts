// A provider's routes on a free loopback port: every request is recorded, and what a route throws is answered.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { type Answer, asAnswer, failure, type RecordedRequest, readRequest, requestFor, send } from './http-answer.js';
import { request as ask, type HttpAnswer } from './http-request.js';

export interface EmulatorOptions {
  /** By method and path, e.g. `POST /token`. */
  readonly routes: ReadonlyMap<string, (request: RecordedRequest) => unknown>;
  /** Where every request is noted, oldest first. */
  readonly requests: RecordedRequest[];
  /** Taken off every path. Default none. */
  readonly prefix?: string;
  /** What a route that throws answers with. Default status 500. */
  readonly broken?: Answer;
}

export interface EmulatorServer {
  readonly origin: string;
  /** What a browser with these headers sees at an address. If it is one of this server's, the way there by HTTP is left out. */
  visit(url: string, headers: Readonly<Record<string, string>>): Promise<Pick<HttpAnswer, 'status' | 'headers' | 'text'>>;
  close(): Promise<void>;
}

export async function startEmulatorServer({ routes, requests, prefix = '', broken }: EmulatorOptions): Promise<EmulatorServer> {
  async function answer(read: () => RecordedRequest | Promise<RecordedRequest>): Promise<Answer> {
    try {
      const request = await read();
      requests.push(request);
      const route = routes.get(`${request.method} ${request.path}`);
      return route === undefined ? failure(404, 'not_found') : asAnswer(await route(request));
    } catch {
      return broken ?? failure(500, 'server_error');
    }
  }

  const server = createServer(async (incoming, response) => {
    send(response, await answer(() => readRequest(incoming, prefix)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('Not a TCP address');
  const origin = `http://127.0.0.1:${address.port}`;
  return {
    origin,
    async visit(url, headers) {
      const there = new URL(url);
      if (there.origin !== origin || !server.listening) return ask(url, { method: 'GET', headers });
      const { status, headers: told, body } = await answer(() => requestFor('GET', there, prefix, headers));
      return { status, headers: new Headers(told), text: body };
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

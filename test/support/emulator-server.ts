// A provider's routes on a free loopback port: every request is recorded, and what a route throws is answered.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { type Answer, failure, type RecordedRequest, readRequest, send } from './http-answer.js';

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
  close(): Promise<void>;
}

export async function startEmulatorServer({ routes, requests, prefix = '', broken }: EmulatorOptions): Promise<EmulatorServer> {
  const server = createServer(async (incoming, response) => {
    try {
      const request = await readRequest(incoming, prefix);
      requests.push(request);
      const answer = routes.get(`${request.method} ${request.path}`);
      send(response, answer === undefined ? failure(404, 'not_found') : await answer(request));
    } catch {
      send(response, broken ?? failure(500, 'server_error'));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('Not a TCP address');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

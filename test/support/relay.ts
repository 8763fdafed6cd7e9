// Stands before a server on a port of its own: for each connection it makes one to the server, and what passes between the two is up to others.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface Relay {
  readonly port: number;
  /** Those that are open, of both sides. */
  readonly sockets: ReadonlySet<Socket>;
  close(): Promise<void>;
}

export interface RelayOptions {
  /** The server's. */
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** False: the connection is reset at once. Default: all are admitted. */
  admits?(): boolean;
  /** Has two sockets pass on what each of them says; once the client's is closed, so is the server's. */
  join(near: Socket, far: Socket): void;
}

export async function startRelay({ port, host = '127.0.0.1', admits = () => true, join }: RelayOptions): Promise<Relay> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    if (!admits()) return void near.resetAndDestroy();
    const far = connect(port, host);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    near.on('close', () => far.destroy());
    join(near, far);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('Not a TCP address');
  return {
    port: address.port,
    sockets,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

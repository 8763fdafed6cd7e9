// Stands between a program and a server, and hears what they say: statements or commands, round trips and bytes.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type Said, wireReader } from './wire-readers.js';

/** Something that was said, with what it cost. */
export interface Message extends Said {
  /** 1 where whoever said it had heard the answer to everything before, else 0. */
  readonly trips: number;
  /** For the server. */
  readonly bytes: number;
  /** Which one it was said on. */
  readonly connection: number;
}

export interface Heard {
  readonly messages: readonly Message[];
  /** From the server. */
  readonly answered: number;
}

export interface WireTap {
  /** The server's, by way of here. */
  readonly url: string;
  /** What was said since this was asked the last time, once nothing more is. */
  take(): Promise<Heard>;
  close(): Promise<void>;
}

/** Long enough for what is begun when an answer is out already. Milliseconds. */
const QUIET_MS = 20;

/** @param url of a server on 127.0.0.1: `mysql:`, `postgres:`, `redis:` or `http:` */
export async function tapWire(url: string): Promise<WireTap> {
  const { protocol, hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let messages: Message[] = [];
  let answered = 0;
  let last = 0;
  let connections = 0;

  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    const reader = wireReader(protocol);
    connections += 1;
    const connection = connections;
    let isAnswered = true;
    let bytes = 0;
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    near.on('data', (chunk: Buffer) => {
      far.write(chunk);
      last = performance.now();
      bytes += chunk.length;
      const said = reader.sent(chunk);
      // What came in one packet shares it: the first bears trip and bytes.
      for (const [index, each] of said.entries())
        messages.push({ ...each, connection, trips: index === 0 && isAnswered ? 1 : 0, bytes: index === 0 ? bytes : 0 });
      if (said.length === 0) return;
      isAnswered = false;
      bytes = 0;
    });
    far.on('data', (chunk: Buffer) => {
      near.write(chunk);
      last = performance.now();
      answered += chunk.length;
      isAnswered = true;
      reader.received(chunk);
    });
    near.on('end', () => far.end());
    far.on('end', () => near.end());
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('Not a TCP address');
  const tapped = new URL(url);
  tapped.host = `127.0.0.1:${address.port}`;
  return {
    url: tapped.href,
    async take() {
      while (performance.now() - last < QUIET_MS) await pause(QUIET_MS / 2);
      const heard = { messages, answered };
      messages = [];
      answered = 0;
      return heard;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

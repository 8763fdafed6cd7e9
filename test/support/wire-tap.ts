// Stands between a program and a server, and hears what they say: statements or commands, round trips and bytes.

import { setTimeout as pause } from 'node:timers/promises';
import { startRelay } from './relay.js';
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
  let messages: Message[] = [];
  let answered = 0;
  let last = 0;
  let connections = 0;

  const relay = await startRelay({
    port: Number(port),
    host: hostname,
    join(near, far) {
      const reader = wireReader(protocol);
      connections += 1;
      const connection = connections;
      let isAnswered = true;
      let bytes = 0;
      for (const socket of [near, far]) socket.setNoDelay(true);
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
      far.on('close', () => near.destroy());
    },
  });
  const tapped = new URL(url);
  tapped.host = `127.0.0.1:${relay.port}`;
  return {
    url: tapped.href,
    async take() {
      while (performance.now() - last < QUIET_MS) await pause(QUIET_MS / 2);
      const heard = { messages, answered };
      messages = [];
      answered = 0;
      return heard;
    },
    close: relay.close,
  };
}

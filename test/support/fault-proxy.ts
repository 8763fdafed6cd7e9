// A network that loses connections without a word (what was connected hears nothing more, new connections work), stands still, or is slow.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface FaultProxy {
  readonly port: number;
  /** From now on nothing passes on the connections there are; they stay open. */
  swallow(): void;
  /** From now on every packet from the server takes so long, in milliseconds. */
  delay(ms: number): void;
  /** Whether packets stand still, on every connection there is or comes; what was sent meanwhile passes afterwards. */
  freeze(on: boolean): void;
  /** Whether who connects is turned away at once; whoever is connected stays. */
  refuse(on: boolean): void;
  /** Breaks every connection there is. */
  reset(): void;
  close(): Promise<void>;
}

/** Stands before a server on 127.0.0.1. */
export async function startFaultProxy(target: number): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  let delayMs = 0;
  let isFrozen = false;
  let isRefusing = false;
  const server = createServer((near) => {
    if (isRefusing) return void near.resetAndDestroy();
    const far = connect(target, '127.0.0.1');
    near.pipe(far);
    far.on('data', (packet: Buffer) => {
      if (delayMs === 0) near.write(packet);
      else setTimeout(() => near.writable && near.write(packet), delayMs);
    });
    // Not `end` while nothing passes: it would let go of what stands still.
    far.on('end', () => (isFrozen ? undefined : near.end()));
    if (isFrozen) for (const socket of [near, far]) socket.cork();
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    near.on('close', () => far.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('Not a TCP address');
  return {
    port: address.port,
    swallow() {
      for (const socket of sockets) socket.removeAllListeners('data').unpipe().pause();
    },
    delay(ms) {
      delayMs = ms;
    },
    freeze(on) {
      isFrozen = on;
      for (const socket of sockets) {
        if (on) socket.cork();
        else socket.uncork();
      }
    },
    refuse(on) {
      isRefusing = on;
    },
    reset() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

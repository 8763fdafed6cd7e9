// A network that loses connections without a word (what was connected hears nothing more, new connections work), stands still, or is slow.

import { startRelay } from './relay.js';

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
  let delayMs = 0;
  let isFrozen = false;
  let isRefusing = false;
  const { port, sockets, close } = await startRelay({
    port: target,
    admits: () => !isRefusing,
    join(near, far) {
      near.pipe(far);
      far.on('data', (packet: Buffer) => {
        if (delayMs === 0) near.write(packet);
        else setTimeout(() => near.writable && near.write(packet), delayMs);
      });
      // Not `end` while nothing passes: it would let go of what stands still.
      far.on('end', () => (isFrozen ? undefined : near.end()));
      if (isFrozen) for (const socket of [near, far]) socket.cork();
    },
  });
  return {
    port,
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
    close,
  };
}

// The end of a server: it accepts no new connection, but loses no request that is on its way on an existing one.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';

/** Requests under way get this long at the end, in milliseconds. */
const DRAIN_MS = 4_000;
/** How often it is looked for connections that can go, in milliseconds. */
const SWEEP_MS = 50;

/** How long a connection that was just answered may still bring a request that was sent before the answer came; milliseconds. */
const LINGER_MS = 1_500;

export interface Drain {
  /** Answers what is under way and still comes on open connections, with `Connection: close`, and then closes those; within 4 s. */
  end(): Promise<void>;
}

interface Use {
  running: number;
  /** Of its beginning, or of its last answer, in milliseconds since the process began. */
  lastAt: number;
}

/** Asked once, before the server listens. */
export function createDrain(server: Server, lingerMs: number = LINGER_MS): Drain {
  const uses = new Map<Socket, Use>();
  const answers = new Set<ServerResponse>();
  let ending = false;

  server.on('connection', (socket: Socket) => {
    uses.set(socket, { running: 0, lastAt: performance.now() });
    socket.once('close', () => uses.delete(socket));
  });
  server.prependListener('request', ({ socket }: IncomingMessage, res: ServerResponse) => {
    const use = uses.get(socket);
    if (use !== undefined) use.running += 1;
    answers.add(res);
    if (ending) res.shouldKeepAlive = false;
    res.once('close', () => {
      answers.delete(res);
      if (use !== undefined) Object.assign(use, { running: use.running - 1, lastAt: performance.now() });
    });
  });

  const canGo = ({ running, lastAt }: Use) => running === 0 && performance.now() - lastAt >= lingerMs;

  /** What has arrived while the process was busy is read before a connection is taken for idle. */
  function sweep(): void {
    const idle = [...uses].filter(([, use]) => canGo(use));
    if (idle.length > 0)
      setImmediate(() =>
        setImmediate(() => {
          for (const [socket, use] of idle) if (canGo(use)) socket.destroy();
        }),
      );
  }

  return {
    async end() {
      ending = true;
      for (const answer of answers) if (!answer.headersSent) answer.shouldKeepAlive = false;
      // Node's own `close` of an HTTP server cuts idle connections at once, with the requests that are on their way on them.
      const closed = new Promise<unknown>((resolve) => NetServer.prototype.close.call(server, resolve));
      const sweeping = setInterval(sweep, SWEEP_MS);
      const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
      sweep();
      await closed;
      clearInterval(sweeping);
      clearTimeout(cut);
    },
  };
}

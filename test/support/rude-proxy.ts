// A proxy before a database that ends connections at the worst moment, in the database's own words and in one segment with others.

import { startRelay } from './relay.js';

/**
 * `ready`: right behind the end of the handshake, in the same segment. `first statement`: when the client sends one, without an
 * answer. `nothing`: it only passes on.
 */
export type Rudeness = 'nothing' | 'ready' | 'first statement';

export interface RudeProxy {
  readonly port: number;
  rudeness: Rudeness;
  /** How many connections were ended so. */
  readonly ended: () => number;
  close(): Promise<void>;
}

/** PostgreSQL's ErrorResponse (Frontend/Backend Protocol, section 55.7): FATAL 57P01. */
function postgresFarewell(): Buffer {
  const fields = ['SFATAL', 'VFATAL', 'C57P01', 'Mterminating connection due to administrator command'];
  const body = Buffer.from(`${fields.map((field) => `${field}\0`).join('')}\0`);
  const head = Buffer.alloc(5, 'E');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** MariaDB's ERR packet: 1927, as a client gets it that asked for nothing. */
function mariadbFarewell(): Buffer {
  const body = Buffer.concat([Buffer.from([0xff, 1927 & 0xff, 1927 >> 8]), Buffer.from('#70100Connection was killed')]);
  const head = Buffer.alloc(4);
  head.writeUIntLE(body.length, 0, 3);
  return Buffer.concat([head, body]);
}

const KINDS = {
  postgres: {
    // ReadyForQuery, idle.
    isReady: (sent: Buffer) => sent.subarray(-6).equals(Buffer.from([0x5a, 0, 0, 0, 5, 0x49])),
    isStatement: (asked: Buffer) => asked[0] === 0x51 || asked[0] === 0x50,
    farewell: postgresFarewell(),
  },
  mariadb: {
    // The OK packet behind the client's answer to the greeting, or behind one more exchange of it.
    isReady: (sent: Buffer) => sent[3] !== 0 && sent[4] === 0,
    isStatement: (asked: Buffer) => asked[3] === 0 && [0x03, 0x16].includes(asked[4] ?? 0),
    farewell: mariadbFarewell(),
  },
} as const;

export async function startRudeProxy(kind: keyof typeof KINDS, target: number): Promise<RudeProxy> {
  const { isReady, isStatement, farewell } = KINDS[kind];
  let rudeness: Rudeness = 'nothing';
  let ended = 0;
  const { port, close } = await startRelay({
    port: target,
    join(near, far) {
      let isOver = false;
      const over = () => {
        isOver = true;
        ended += 1;
        far.destroy();
      };
      far.on('data', (sent: Buffer) => {
        if (isOver) return;
        if (rudeness !== 'ready' || !isReady(sent)) return void near.write(sent);
        over();
        near.end(Buffer.concat([sent, farewell]));
      });
      near.on('data', (asked: Buffer) => {
        if (isOver) return;
        if (rudeness !== 'first statement' || !isStatement(asked)) return void far.write(asked);
        over();
        near.end();
      });
      far.on('close', () => near.end());
    },
  });
  return {
    port,
    get rudeness() {
      return rudeness;
    },
    set rudeness(next) {
      rudeness = next;
    },
    ended: () => ended,
    close,
  };
}

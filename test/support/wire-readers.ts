// What a client says to a server, read off the wire: MySQL's protocol, PostgreSQL's, Redis' and HTTP.

/** One thing that was said. To prepare a statement is a message of its own: it runs nothing. */
export interface Said {
  readonly text: string;
  readonly runs: boolean;
}

/** Of one connection. */
export interface WireReader {
  /** What is complete with these bytes for the server. */
  sent(bytes: Buffer): readonly Said[];
  received(bytes: Buffer): void;
}

const runs = (text: string): Said => ({ text, runs: true });
const prepares = (text: string): Said => ({ text, runs: false });

/** Cuts a stream into messages; `lengthOf` tells how long the first one is, once that can be told. */
function messages(lengthOf: (buffer: Buffer) => number | undefined): (bytes: Buffer) => readonly Buffer[] {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    const whole: Buffer[] = [];
    for (;;) {
      const length = lengthOf(rest);
      if (length === undefined || length === 0 || rest.length < length) return whole;
      whole.push(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
  };
}

const packets = () => messages((buffer) => (buffer.length < 4 ? undefined : 4 + buffer.readUIntLE(0, 3)));

/** A command is the first packet of its exchange, and its answer begins with the second; both sides number them. */
function mysqlReader(): WireReader {
  const [fromClient, fromServer] = [packets(), packets()];
  const statements = new Map<number, string>();
  const unanswered: Said[] = [];

  function commandOf(packet: Buffer): Said | undefined {
    const text = () => packet.toString('utf8', 5).replace(/^[^\w(]+/, '');
    switch (packet[4]) {
      case 0x03:
        return runs(text());
      case 0x16:
        return prepares(text());
      case 0x17:
        return runs(statements.get(packet.readUInt32LE(5)) ?? '?');
      case 0x0e:
        return runs('PING');
      default:
        return undefined;
    }
  }

  return {
    sent: (bytes) =>
      fromClient(bytes).flatMap((packet) => {
        const said = packet[3] === 0 ? commandOf(packet) : undefined;
        if (said === undefined) return [];
        unanswered.push(said);
        return [said];
      }),
    received(bytes) {
      for (const packet of fromServer(bytes)) {
        const said = packet[3] === 1 ? unanswered.shift() : undefined;
        if (said?.runs === false && packet[4] === 0) statements.set(packet.readUInt32LE(5), said.text);
      }
    },
  };
}

/** The names a message of PostgreSQL's begins with. */
const words = (message: Buffer) => message.toString('utf8', 5).split('\0');

function postgresReader(): WireReader {
  const statements = new Map<string, string>();
  const portals = new Map<string, string>();
  let isOpen = false;
  // What opens the connection has no type; whoever asks for TLS first (8 bytes) opens it afterwards.
  const fromClient = messages((buffer) => {
    if (isOpen) return buffer.length < 5 ? undefined : 1 + buffer.readUInt32BE(1);
    const length = buffer.length < 4 ? undefined : buffer.readUInt32BE(0);
    if (length !== undefined && length > 8 && buffer.length >= length) isOpen = true;
    return length;
  });
  return {
    sent: (bytes) =>
      fromClient(bytes).flatMap((message) => {
        const [first = '', second = ''] = words(message);
        switch (String.fromCharCode(message[0] ?? 0)) {
          case 'Q':
            return [runs(first)];
          case 'P':
            statements.set(first, second);
            return first === '' ? [] : [prepares(second)];
          case 'B':
            portals.set(first, statements.get(second) ?? '?');
            return [];
          case 'E':
            return [runs(portals.get(first) ?? '?')];
          default:
            return [];
        }
      }),
    received() {},
  };
}

/** RESP: an array of texts, each with its length before it. */
function commandLength(buffer: Buffer): number | undefined {
  const numberAt = (at: number): readonly [number, number] | undefined => {
    const end = buffer.indexOf('\r\n', at);
    return end < 0 ? undefined : [Number(buffer.toString('latin1', at + 1, end)), end + 2];
  };
  const [count, first] = numberAt(0) ?? [];
  if (count === undefined || first === undefined) return undefined;
  let at: number = first;
  for (let index = 0; index < count; index += 1) {
    const [length, begin] = numberAt(at) ?? [];
    if (length === undefined || begin === undefined) return undefined;
    at = begin + length + 2;
  }
  return at;
}

function redisReader(): WireReader {
  const fromClient = messages(commandLength);
  // Every second line is a length.
  const textOf = (message: Buffer) =>
    message
      .toString('latin1')
      .split('\r\n')
      .filter((_, line) => line > 0 && line % 2 === 0);
  return { sent: (bytes) => fromClient(bytes).map((message) => runs(textOf(message).join(' '))), received() {} };
}

function httpReader(): WireReader {
  const line = /^[A-Z]+ \S+(?= HTTP\/1\.1\r\n)/;
  return { sent: (bytes) => bytes.toString('latin1').match(line)?.map(runs) ?? [], received() {} };
}

const READERS: Readonly<Record<string, () => WireReader>> = {
  'mysql:': mysqlReader,
  'mariadb:': mysqlReader,
  'postgres:': postgresReader,
  'postgresql:': postgresReader,
  'redis:': redisReader,
  'http:': httpReader,
};

/** @param protocol as a URL has it */
export function wireReader(protocol: string): WireReader {
  const made = READERS[protocol];
  if (made === undefined) throw new TypeError(`Nobody reads ${protocol} here`);
  return made();
}

// Clients of the standalone server who send a request so slowly that it would never be whole.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { type Server, startServer } from '../support/server.js';

describe('A client that takes its time', () => {
  let server: Server;
  before(async () => {
    server = await startServer();
  });
  after(() => server.stop());

  /** Sends the beginning, then one byte every 300 ms, and tells when it was cut off, in milliseconds, and what it was told. */
  async function trickle(beginning: string, byte: string): Promise<{ readonly ms: number; readonly said: string }> {
    const socket: Socket = connect(server.port, '127.0.0.1');
    let said = '';
    socket.on('data', (data) => {
      said += String(data);
    });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    const began = performance.now();
    if (beginning !== '') socket.write(beginning);
    const timer = byte === '' ? undefined : setInterval(() => socket.writable && socket.write(byte), 300);
    await once(socket, 'close');
    clearInterval(timer);
    return { ms: performance.now() - began, said };
  }

  const head = (length: number) =>
    `PUT /session/openid HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n{"provider":`;

  it('is cut off after 5 s where the headers trickle, or never come, and after 10 s where the body does', async () => {
    const [headers, silent, body, stopped] = await Promise.all([
      trickle('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ', 'x'),
      trickle('GET / HT', ''),
      trickle(head(1000), ' '),
      trickle(head(100), ''),
    ]);
    for (const { ms } of [headers, silent]) expect(ms).to.be.within(4_900, 6_500);
    for (const { ms } of [body, stopped]) expect(ms).to.be.within(9_900, 11_500);
    expect(headers.said).to.match(/^HTTP\/1\.1 408 /);
    const [, port] = /:(\d+)$/.exec(server.base) ?? [];
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).to.equal(200);
  }).timeout(20_000);
});

// Requests on connections that are kept alive, while the server is asked to end.

import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { type Server, startProcess } from '../support/server.js';

interface Answered {
  readonly status: number | undefined;
  readonly connection: string | undefined;
  readonly at: number;
}

const CONNECTIONS = 100;

/** One client with one connection, which sends its next request as soon as it has an answer, until the answer says that it closes. */
async function visitor(base: string, path: string, answers: Answered[]): Promise<string | undefined> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    for (;;) {
      const asking = request(`${base}${path}`, { agent });
      asking.end();
      const [answer] = (await once(asking, 'response')) as [IncomingMessage];
      answer.resume();
      await once(answer, 'end');
      answers.push({ status: answer.statusCode, connection: answer.headers.connection, at: performance.now() });
      if (answer.headers.connection === 'close') return undefined;
    }
  } catch (error) {
    return String(error);
  } finally {
    agent.destroy();
  }
}

describe('A server that is asked to end under load', () => {
  for (const path of ['/healthz', '/site/config/basic'])
    it(`loses no request of ${CONNECTIONS} busy connections, and says on each that it closes: ${path}`, async () => {
      const server: Server = await startProcess({ env: { LOG_LEVEL: 'warn' } });
      const answersOf = Array.from({ length: CONNECTIONS }, (): Answered[] => []);
      const visits = answersOf.map((answers) => visitor(server.base, path, answers));
      // A connection that the process has not accepted yet is a new one.
      while (answersOf.some((answers) => answers.length < 2)) await pause(50);
      const asked = performance.now();
      const ended = server.stop('SIGTERM');
      const lost = (await Promise.all(visits)).filter((each) => each !== undefined);
      expect(lost).to.deep.equal([]);
      expect(await ended).to.deep.equal({ code: 0, signal: null });
      expect(performance.now() - asked).to.be.below(5_000);
      const answers = answersOf.flat();
      const last = answers.filter(({ connection }) => connection === 'close');
      expect(last).to.have.length(CONNECTIONS);
      expect(answers.filter(({ status }) => status !== 200)).to.deep.equal([]);
    }).timeout(60_000);

  it('answers a request that was half sent by then, and takes no new connection', async () => {
    const server = await startProcess({ env: { LOG_LEVEL: 'warn' } });
    const socket = connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    await once(socket, 'data');
    const ended = server.stop('SIGTERM');
    await pause(100);
    const late = connect(server.port, '127.0.0.1');
    const [refused] = await once(late, 'error');
    expect(refused.code).to.equal('ECONNREFUSED');
    socket.write('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    const [answer] = await once(socket, 'data');
    expect(String(answer))
      .to.match(/^HTTP\/1\.1 200 /)
      .and.match(/\r\nConnection: close\r\n/i);
    expect(await ended).to.deep.equal({ code: 0, signal: null });
  }).timeout(60_000);
});

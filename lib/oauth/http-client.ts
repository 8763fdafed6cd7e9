// Calls to a provider over connections that are kept open: no redirects, at most 1 MiB, plain http on loopback only, aborted by a signal.

import {
  type AgentOptions,
  type ClientRequest,
  globalAgent,
  Agent as HttpAgent,
  type IncomingMessage,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { isSecure } from '../support/web-address.js';
import { MAX_BODY, tooLarge, unpack } from './content-encoding.js';

export interface HttpCall {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Posted form-encoded. Default: no body. */
  readonly form?: URLSearchParams | undefined;
  /** Sent as JSON in place of a form. */
  readonly json?: object | undefined;
  /**
   * Whether it may be sent again where the provider closed a kept connection before it answered: then nobody knows
   * whether it was read, so never with a code, which must not be spent twice.
   */
  readonly isRepeatable: boolean;
  readonly signal: AbortSignal;
}

export interface HttpReply {
  readonly status: number;
  /** `null` for none. */
  readonly contentType: string | null;
  readonly body: Buffer;
}

/** @throws Error when there is no answer in time, or it is a redirect, or too large */
export type HttpClient = (url: URL, call: HttpCall) => Promise<HttpReply>;

/** Common servers close an idle one after 5 s; whoever closes first seldom writes where the other has just closed. */
const IDLE_MS = 3_000;

/** To one host: who comes later waits for one of them, as long as their deadline lets them. */
const MAX_CONNECTIONS = 128;

/** By what is spoken. An idle connection keeps no process alive, and ends earlier where the provider says so (`Keep-Alive: timeout=`). */
interface Connections {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

/** The proxies of NODE_USE_ENV_PROXY, where Node knows it. */
function proxiesOfNode(): unknown {
  const { options } = globalAgent as { readonly options?: { readonly proxyEnv?: unknown } };
  return options?.proxyEnv;
}

/** To a provider's hosts, kept for the next call where that is wanted. */
function createConnections({ keepAlive }: { readonly keepAlive: boolean }): Connections {
  const options: AgentOptions & { proxyEnv?: unknown } = {
    keepAlive,
    maxSockets: MAX_CONNECTIONS,
    timeout: IDLE_MS,
    proxyEnv: proxiesOfNode(),
  };
  return { http: new HttpAgent(options), https: new HttpsAgent(options) };
}

function bodyOf({ form, json }: HttpCall): { readonly type?: string; readonly text?: string } {
  if (json !== undefined) return { type: 'application/json', text: JSON.stringify(json) };
  return form === undefined ? {} : { type: 'application/x-www-form-urlencoded;charset=UTF-8', text: form.toString() };
}

function open(url: URL, call: HttpCall, { http, https }: Connections): ClientRequest {
  const { type, text } = bodyOf(call);
  const told = {
    ...(type === undefined ? {} : { 'content-type': type }),
    // Of a DELETE Node itself says no length, and its body would be another request's beginning.
    ...(text === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) }),
  };
  const options = {
    method: call.method,
    headers: { 'accept-encoding': 'identity', 'user-agent': 'express-latchkey', ...told, ...call.headers },
  };
  const request =
    url.protocol === 'https:' ? requestHttps(url, { ...options, agent: https }) : requestHttp(url, { ...options, agent: http });
  return request.end(text);
}

/** What Node calls a connection that the other side has closed. */
const isClosed = ({ code }: NodeJS.ErrnoException) => code === 'ECONNRESET' || code === 'EPIPE';

/** As it was sent. Stops in the middle of the stream, so that an endless body costs no more memory than the cap. */
function read(response: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_BODY) reject(tooLarge());
      else chunks.push(chunk);
    });
    response.on('end', () => resolve(Buffer.concat(chunks)));
    response.on('error', (error) => reject(new Error('the answer broke off', { cause: error })));
  });
}

async function replyOf(response: IncomingMessage): Promise<HttpReply> {
  const { statusCode: status = 0, headers } = response;
  if (status >= 300 && status < 400) throw new Error(`redirected with status ${status}, which is never followed`);
  const body = await unpack(await read(response), headers['content-encoding']);
  return { status, contentType: headers['content-type'] ?? null, body };
}

/** Its connections are its own, so that nobody waits for another provider's. */
export function createHttpClient(): HttpClient {
  const kept = createConnections({ keepAlive: true });

  const send = (url: URL, call: HttpCall, connections: Connections) =>
    new Promise<HttpReply>((resolve, reject) => {
      const { isRepeatable, signal } = call;
      signal.throwIfAborted();
      const request = open(url, call, connections);
      let hasAnswer = false;
      const settle = () => signal.removeEventListener('abort', stop);
      const fail = (reason: unknown) => {
        settle();
        reject(reason);
        request.destroy();
      };
      const stop = () => fail(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      request.on('response', (response) => {
        hasAnswer = true;
        replyOf(response).then(resolve, fail).finally(settle);
      });
      // Stays when all is settled: a connection may break later, and an error that nobody listens to ends the process.
      request.on('error', (error) => {
        if (hasAnswer) return; // A body that is cut off says so itself, and one that is whole holds, whatever comes behind it.
        settle();
        const isStale = isRepeatable && request.reusedSocket && isClosed(error) && !signal.aborted;
        if (isStale)
          resolve(send(url, call, createConnections({ keepAlive: false }))); // A new one is never stale.
        else reject(new Error('there is no answer', { cause: error }));
      });
    });

  return async (url, call) => {
    if (!isSecure(url)) throw new Error('plain http is for loopback hosts only');
    return await send(url, call, kept);
  };
}

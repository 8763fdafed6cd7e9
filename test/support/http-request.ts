// One HTTP request as the test clients send it, and its answer.

import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request as send } from 'node:http';
import { holdToDescription } from './described-answers.js';

/** Parsed JSON of a shape that the test is about to check: any field may be there or not. */
export interface Json {
  readonly [field: string]: Json | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** `undefined` when the text is no JSON. */
  readonly json: Json | undefined;
}

export interface HttpRequest {
  readonly method: string;
  /** A form or a text goes as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Connections are kept between calls; an idle one keeps no process alive, and is closed long before a server would do it. */
const agent = new Agent({ keepAlive: true, timeout: 1_000 });

/** What a client that is no browser says of itself. */
const CLIENT = { accept: '*/*', 'user-agent': 'node' };

const FORM = 'application/x-www-form-urlencoded;charset=UTF-8';

/** Asked twice, it is the same question (RFC 9110, section 9.2.1): whatever was done before the connection broke. */
const isSafe = (method: string) => method === 'GET' || method === 'HEAD';

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let index = 0; index < rawHeaders.length; index += 2) headers.append(rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '');
  return headers;
}

function ask(url: string, method: string, headers: OutgoingHttpHeaders, body: string | undefined): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const asked = send(url, { method, headers, agent });
    asked.once('error', (error: NodeJS.ErrnoException) => {
      // The other side closed a kept connection while this was on its way.
      const isStale = asked.reusedSocket && error.code === 'ECONNRESET' && isSafe(method);
      if (isStale) ask(url, method, headers, body).then(resolve, reject);
      else reject(error);
    });
    asked.once('response', (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.once('error', reject);
      answer.once('end', () => {
        const text = Buffer.concat(parts).toString();
        const got = { status: answer.statusCode ?? 0, headers: headersOf(answer), text, json: parsed(text) };
        try {
          holdToDescription(method, url, got);
          resolve(got);
        } catch (error) {
          reject(error);
        }
      });
    });
    asked.end(body);
  });
}

/** Follows no redirect. A text is declared as JSON too, unless `headers` say otherwise: so a test can send broken JSON. */
export function request(url: string, { method, body, headers = {} }: HttpRequest): Promise<HttpAnswer> {
  if (body === undefined) return ask(url, method, { ...CLIENT, ...headers }, undefined);
  const isForm = body instanceof URLSearchParams;
  const sent = isForm ? body.toString() : typeof body === 'string' ? body : JSON.stringify(body);
  const about = { 'content-type': isForm ? FORM : 'application/json', 'content-length': Buffer.byteLength(sent) };
  return ask(url, method, { ...CLIENT, ...about, ...headers }, sent);
}

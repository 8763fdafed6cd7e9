// What a test provider reads and answers over HTTP.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

type Fields = Readonly<Record<string, string>>;

/** A request as a provider saw it. */
export interface RecordedRequest {
  readonly method: string;
  /** Without the provider's path prefix. */
  readonly path: string;
  readonly query: Fields;
  /** The form of a POST. */
  readonly form: Fields;
  /** A body that calls itself JSON. */
  readonly json?: unknown;
  readonly headers: IncomingMessage['headers'];
}

/** An answer that is not simply JSON with status 200; hooks may return one. */
export class Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Fields;

  constructor(status: number, body = '', headers: Fields = {}) {
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

export const failure = (status: number, error: string) =>
  new Answer(status, JSON.stringify({ error }), { 'content-type': 'application/json', 'cache-control': 'no-store' });

export const redirect = (location: URL) => new Answer(302, '', { location: location.href });

/** A request without a form, to `url`. */
export function requestFor(method: string, url: URL, prefix: string, headers: IncomingMessage['headers']): RecordedRequest {
  const { pathname, searchParams } = url;
  const path = pathname.startsWith(prefix) ? pathname.slice(prefix.length) : pathname;
  return { method, path, query: Object.fromEntries(searchParams), form: {}, headers };
}

export async function readRequest(request: IncomingMessage, prefix: string): Promise<RecordedRequest> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const [body, known] = [await text(request), requestFor(request.method ?? '', url, prefix, request.headers)];
  if (request.headers['content-type'] === 'application/json') return { ...known, json: JSON.parse(body) };
  return { ...known, form: Object.fromEntries(new URLSearchParams(body)) };
}

/** An `Answer` as it is, anything else as JSON. */
export function asAnswer(value: unknown): Answer {
  if (value instanceof Answer) return value;
  return new Answer(200, JSON.stringify(value), { 'content-type': 'application/json', 'cache-control': 'no-store' });
}

export function send(response: ServerResponse, value: unknown): void {
  const { status, headers, body } = asAnswer(value);
  response.writeHead(status, headers).end(body);
}

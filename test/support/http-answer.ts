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

export async function readRequest(request: IncomingMessage, prefix: string): Promise<RecordedRequest> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  return {
    method: request.method ?? '',
    path: url.pathname.startsWith(prefix) ? url.pathname.slice(prefix.length) : url.pathname,
    query: Object.fromEntries(url.searchParams),
    form: Object.fromEntries(new URLSearchParams(await text(request))),
    headers: request.headers,
  };
}

/** Sends an `Answer` as it is, anything else as JSON. */
export function send(response: ServerResponse, value: unknown): void {
  const answer =
    value instanceof Answer
      ? value
      : new Answer(200, JSON.stringify(value), { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.writeHead(answer.status, answer.headers).end(answer.body);
}

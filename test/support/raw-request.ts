// A request as some clients and proxies send it: under a Host header that is not where the connection goes.

import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface RawAnswer {
  readonly status: number;
  readonly location: string | undefined;
  readonly setCookies: readonly string[];
  readonly text: string;
}

/** GET unless `method` says otherwise; follows nothing. */
export async function rawRequest(url: string, headers: Readonly<Record<string, string>>, method = 'GET'): Promise<RawAnswer> {
  const asked = request(url, { method, headers });
  asked.end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return {
    status: answer.statusCode ?? 0,
    location: answer.headers.location,
    setCookies: answer.headers['set-cookie'] ?? [],
    text: await text(answer),
  };
}

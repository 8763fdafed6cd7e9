// One HTTP request as the test clients send it, and its answer.

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

/** Follows no redirect. A text is declared as JSON too, unless `headers` say otherwise: so a test can send broken JSON. */
export async function request(url: string, { method, body, headers = {} }: HttpRequest): Promise<HttpAnswer> {
  const isForm = body instanceof URLSearchParams;
  const type = body === undefined || isForm ? {} : { 'content-type': 'application/json' };
  const sent = body === undefined ? null : isForm || typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await fetch(url, { method, redirect: 'manual', headers: { ...type, ...headers }, body: sent });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, json: parsed(text) };
}

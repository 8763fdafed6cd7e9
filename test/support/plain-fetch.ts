// Answers that a test gets by plain `fetch` are held to the OpenAPI document like those of the test clients.

import type { Json } from './http-request.js';

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Ours by a header that all our answers have; the document is big, and loaded only where it is needed. */
const mayBeOurs = ({ headers }: Response) => headers.get('content-security-policy')?.startsWith("default-src 'none'") === true;

async function hold(method: string, answer: Response): Promise<void> {
  const { url, status, headers, redirected } = answer;
  if (!mayBeOurs(answer)) return;
  const [{ holdToDescription }, text] = await Promise.all([import('./described-answers.js'), answer.clone().text()]);
  holdToDescription(redirected ? 'GET' : method, url, { status, headers, text, json: parsed(text) });
}

/** From now on, in this process. An answer that the document does not tell of rejects its `fetch`. */
export function holdPlainFetch(): void {
  const plain = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const answer = await plain(input, init);
    await hold((init?.method ?? (input instanceof Request ? input.method : 'GET')).toUpperCase(), answer);
    return answer;
  };
}

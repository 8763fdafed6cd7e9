import { type CloudreveToken, createClient, memoryTokens } from 'express-latchkey/client';

interface Finished {
  readonly type: 'latchkey:finished';
  readonly answer: { readonly code: number; readonly msg: string; readonly data?: { readonly token: CloudreveToken } };
}

/** Signs in through a new window, and signs calls with the tokens from there. Call it from a click: otherwise browsers block the window. */
export async function signInByWindow(api: string, provider: string) {
  const tokens = memoryTokens();
  const client = createClient({ baseUrl: api, credentials: 'include', tokens });
  const opened = window.open('about:blank', 'sign-in', 'popup');
  const finished = new Promise<Finished['answer']>((resolve) => {
    window.addEventListener('message', function hear({ origin, data }: MessageEvent<Partial<Finished>>) {
      if (origin !== new URL(api).origin || data.type !== 'latchkey:finished' || data.answer === undefined) return;
      window.removeEventListener('message', hear);
      resolve(data.answer);
    });
  });
  opened?.location.assign(await client.call('PUT /session/openid', { body: { provider } }));
  const { code, msg, data } = await finished;
  opened?.close();
  if (code !== 0) throw new Error(msg);
  tokens.write(data?.token);
  return client;
}

// An access token of a server of ours that was sound until a minute ago.

import { decodeJwt } from 'jose';
import { createJwts } from '../../lib/tokens/jwt.js';
import { TEST_SECRET } from './server.js';

const MINUTE_MS = 60_000;

/** `token` as it is when its time is over: the same claims under the same key. */
export async function overToken(token: string | undefined): Promise<string> {
  const { sub = '', root_token_id } = decodeJwt(token ?? '');
  const over = Date.now() - MINUTE_MS;
  const claims = { sub, root_token_id: String(root_token_id) };
  return await createJwts(TEST_SECRET).sign('access', claims, new Date(over - MINUTE_MS), new Date(over));
}

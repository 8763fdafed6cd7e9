// The door to providers without a server around it: a flow is made, and its answer handed in.

import { randomBytes, randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { parseSettings } from '../../config/parse-settings.js';
import { LatchkeyError } from '../../lib/accounts/errors.js';
import type { Flow } from '../../lib/accounts/flow.js';
import type { PreparedFlow } from '../../lib/accounts/flows.js';
import type { AuthorizationAnswer, ProviderClients } from '../../lib/accounts/provider-clients.js';
import { createProviderClients } from '../../lib/passport/provider-clients.js';
import { callbackSegment } from '../../lib/providers/index.js';

export const BASE_URL = 'http://127.0.0.1:3000';

const redirectUri = (id: string) => `${BASE_URL}/callback/openid/${callbackSegment(id)}`;

/** Through the real schema, so that what an operator may write is what is tried. */
export function openGate(providers: object, settings: object = {}): ProviderClients {
  const config = parseSettings({ baseUrl: BASE_URL, secret: 'x'.repeat(32), providers, ...settings });
  return createProviderClients({ config, redirectUri });
}

/** @param fresh the person is to prove at the provider who they are */
export function prepareFlow(provider: string, fresh = false): PreparedFlow & { readonly saved: readonly string[] } {
  const flow: Flow = {
    id: randomUUID(),
    provider,
    at: Date.now(),
    intent: fresh ? { kind: 'reauthenticate', userId: '1', userSince: 0 } : { kind: 'sign-in' },
    nonce: randomBytes(24).toString('base64url'),
    codeVerifier: randomBytes(32).toString('base64url'),
    entry: 'json',
  };
  const saved: string[] = [];
  return { flow, saved, save: async () => void saved.push(flow.id) };
}

export const answerWith = (answer: Partial<AuthorizationAnswer>): AuthorizationAnswer => ({
  code: undefined,
  iss: undefined,
  issMayBeMissing: false,
  ...answer,
});

/** The failure, and nothing but a failure of the catalogue. */
export async function failureOf(attempt: Promise<unknown>): Promise<LatchkeyError> {
  try {
    await attempt;
  } catch (error) {
    expect(error).to.be.instanceOf(LatchkeyError);
    if (error instanceof LatchkeyError) return error;
  }
  throw new Error('It went through');
}

export function straighten(bend: object): void {
  for (const name of Object.keys(bend)) Reflect.deleteProperty(bend, name);
}

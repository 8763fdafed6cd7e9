// What an answer of any dialect means, by the documents' own codes; an answer that no document knows means itself.

import { createHash } from 'node:crypto';
import { type AnswerName, expectAnswer } from './answer-schema.js';
import type { ApiClient } from './client.js';
import type { HttpAnswer } from './http-request.js';

export type DialectName = 'cloudreve' | 'biore' | 'genauth';

/** Where a link can be taken away. */
export type UnlinkDoor = DialectName | 'page';

/** `done`, the name of a documented failure, or `undocumented: …`. */
export type Outcome = string;

const CLOUDREVE: ReadonlyMap<unknown, Outcome> = new Map([
  [40023, 'flow_expired'],
  [40032, 'email_taken'],
  [40066, 'already_linked'],
  [40067, 'linked_to_other_user'],
  [40068, 'not_linked'],
  [40069, 'wrong_current_password'],
  [40084, 'only_sign_in_method'],
  [50001, 'unavailable'],
  [50007, 'provider_failed'],
]);

const BIORE: ReadonlyMap<unknown, Outcome> = new Map([
  ['AUTH_OAUTH_NOT_LINKED', 'not_linked'],
  ['AUTH_OAUTH_ONLY_AUTH_METHOD', 'only_sign_in_method'],
]);

const GENAUTH: ReadonlyMap<unknown, Outcome> = new Map([
  [404, 'not_linked'],
  [422, 'only_sign_in_method'],
]);

interface Reading {
  readonly succeeded: boolean;
  readonly failure: AnswerName;
  /** The HTTP status that goes with the outcome. */
  readonly status: number;
  readonly outcome: Outcome | undefined;
}

function read(dialect: DialectName, { json }: HttpAnswer): Reading {
  const field = (value: unknown) => value;
  switch (dialect) {
    case 'cloudreve': {
      const code = field(json?.code);
      return { succeeded: code === 0, failure: 'cloudreve-failure', status: 200, outcome: CLOUDREVE.get(code) };
    }
    case 'biore': {
      const succeeded = field(json?.success) === true;
      return { succeeded, failure: 'biore-failure', status: succeeded ? 200 : 400, outcome: BIORE.get(field(json?.error?.code)) };
    }
    case 'genauth': {
      const code = field(json?.statusCode);
      return { succeeded: code === 200, failure: 'genauth-failure', status: 200, outcome: GENAUTH.get(code) };
    }
  }
}

/** Holds the whole answer to its schema; `success` names the schema of a success. */
export function outcomeOf(dialect: DialectName, answer: HttpAnswer, success: AnswerName): Outcome {
  const { succeeded, failure, status, outcome } = read(dialect, answer);
  try {
    expectAnswer(succeeded ? success : failure, answer.json);
    const meaning = succeeded ? 'done' : outcome;
    if (meaning !== undefined && answer.status === status) return meaning;
  } catch {
    // Told below, with the answer.
  }
  return `undocumented: ${answer.status} ${answer.text.slice(0, 200)}`;
}

/** By the form of the connections page, whose failures a script reads as JSON. */
async function unlinkOnPage(client: ApiClient, provider: string): Promise<Outcome> {
  const path = `/account/connections/${provider}/unlink`;
  const { status, json, text } = await client.call('POST', path, undefined, { headers: { accept: 'application/json' } });
  const code: unknown = json?.error?.code;
  if (status === 303) return 'done';
  return status === 400 && (code === 'not_linked' || code === 'only_sign_in_method')
    ? code
    : `undocumented: ${status} ${text.slice(0, 200)}`;
}

/** Takes a link away in any dialect that knows the provider, or on the page. */
export async function unlinkIn(dialect: UnlinkDoor, client: ApiClient, provider: string): Promise<Outcome> {
  switch (dialect) {
    case 'page':
      return await unlinkOnPage(client, provider);
    case 'cloudreve':
      return outcomeOf(dialect, await client.unlink(provider), 'cloudreve-unlink');
    case 'biore':
      return outcomeOf(dialect, await client.bioreUnlink(provider), 'biore-unlink');
    case 'genauth': {
      const extIdpId = createHash('sha256').update(provider).digest('hex').slice(0, 24);
      return outcomeOf(dialect, await client.genauthUnlink(extIdpId), 'genauth-common-response');
    }
  }
}

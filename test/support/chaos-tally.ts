// What was answered while everything failed, counted; and every answer that nobody may ever get.

import type { HttpAnswer } from './http-request.js';

/** What people are told: done, a documented refusal, or that storage is out of reach. */
const DOCUMENTED: ReadonlySet<string> = new Set([
  ...['0', '401', '40020', '40023', '40066', '40067', '40068', '40069', '40080', '40084', '50001'].map((code) => `cloudreve ${code}`),
  ...['done', 'auth.oauth.not_linked', 'auth.oauth.only_auth_method', 'auth.token.invalid', 'common.unavailable'].map(
    (key) => `biore ${key}`,
  ),
  ...['200', '401', '404', '422', '503'].map((code) => `genauth ${code}`),
  'starting',
  ...['done', 'not_linked', 'only_sign_in_method', 'unauthenticated', 'unavailable'].map((code) => `page ${code}`),
]);

const UNAVAILABLE: ReadonlySet<string> = new Set([
  'cloudreve 50001',
  'biore common.unavailable',
  'genauth 503',
  'page unavailable',
  'starting',
]);
const DONE: ReadonlySet<string> = new Set(['cloudreve 0', 'biore done', 'genauth 200', 'page done']);

const LAST_WAY_IN = ['cloudreve 40084', 'biore auth.oauth.only_auth_method', 'genauth 422', 'page only_sign_in_method'] as const;

/** The dialect and its own word for how a call ended. */
function wordOf({ status, json }: HttpAnswer): string {
  const field = (value: unknown) => (value === undefined ? undefined : String(value));
  const i18nKey = field(json?.error?.i18nKey);
  // The process waits for its database, and knows no dialect yet.
  if (status === 503 && Array.isArray(json?.failing)) return 'starting';
  if (json?.code !== undefined) return `cloudreve ${field(json.code)}`;
  if (json?.statusCode !== undefined) return `genauth ${field(json.statusCode)}`;
  if (i18nKey !== undefined) return `biore ${i18nKey}`;
  if (json?.success !== undefined) return 'biore done';
  return status === 303 ? 'page done' : `page ${field(json?.error?.code)}`;
}

/** `unsure`: it may have happened or not, as after any answer that is lost or tells of lost storage. */
export type Ending = 'done' | 'refused' | 'unsure';

export class Tally {
  /** By what was said. */
  readonly said = new Map<string, number>();
  /** Whatever breaks a promise of its own: internal errors, undocumented answers, a living process that did not answer. */
  readonly faults: string[] = [];
  slowestMs = 0;

  count(word: string): void {
    this.said.set(word, (this.said.get(word) ?? 0) + 1);
  }

  answered(what: string, answer: HttpAnswer, ms: number): Ending {
    const word = wordOf(answer);
    this.slowestMs = Math.max(this.slowestMs, ms);
    this.count(word);
    const unavailable = UNAVAILABLE.has(word);
    const status503 = answer.status === 503;
    if (answer.status >= 500 !== unavailable || (unavailable && !status503) || !DOCUMENTED.has(word))
      this.faults.push(`${what}: ${answer.status} ${answer.text.slice(0, 300)}`);
    if (DONE.has(word)) return 'done';
    return unavailable ? 'unsure' : 'refused';
  }

  /** How often the last way in was kept. */
  get kept(): number {
    return LAST_WAY_IN.reduce((sum, word) => sum + (this.said.get(word) ?? 0), 0);
  }

  get calls(): number {
    return [...this.said.values()].reduce((sum, count) => sum + count, 0);
  }

  /** The commonest first. */
  get figures(): string {
    return [...this.said]
      .sort(([, one], [, other]) => other - one)
      .map(([word, count]) => `${word}: ${count}`)
      .join(', ');
  }
}

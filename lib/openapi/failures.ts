// The failures of a call in the document: the dialects supply their codes, so that no code is written down twice.

import { type FailureCode, LatchkeyError } from '../accounts/errors.js';
import { biore } from '../dialects/biore.js';
import { browser } from '../dialects/browser.js';
import { cloudreve } from '../dialects/cloudreve.js';
import type { Dialect, WireAnswer } from '../dialects/dialect.js';
import { genauth } from '../dialects/genauth.js';
import type { FailureForm } from './operation.js';
import type { Components, JsonObject } from './schemas.js';

const DIALECTS: Readonly<Record<Dialect['name'], Dialect>> = { cloudreve, biore, genauth, browser };

const text = { type: 'string' };
const uuid = { type: 'string', format: 'uuid' };
const object = (properties: JsonObject, required: readonly string[]): JsonObject => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});

/** The members that every failure of a dialect has. */
const ENVELOPES: Readonly<Record<Dialect['name'], { readonly id: string; readonly schema: JsonObject }>> = {
  cloudreve: {
    id: 'CloudreveFailure',
    schema: object(
      {
        code: { type: 'integer' },
        msg: { ...text, minLength: 1 },
        error: { ...text, description: 'With `debug` only.' },
        correlation_id: uuid,
      },
      ['code', 'msg', 'correlation_id'],
    ),
  },
  biore: {
    id: 'BioreFailure',
    schema: object(
      {
        success: { const: false },
        error: object(
          {
            ...{ code: text, message: text, i18nKey: text, correlationId: uuid },
            details: { type: 'array', items: object({ message: text }, ['message']), description: 'With `debug` only.' },
          },
          ['code', 'message', 'i18nKey', 'correlationId'],
        ),
      },
      ['success', 'error'],
    ),
  },
  genauth: {
    id: 'GenAuthFailure',
    schema: object({ statusCode: { type: 'integer' }, message: text, apiCode: { type: 'integer' }, requestId: uuid }, [
      'statusCode',
      'message',
      'requestId',
    ]),
  },
  browser: {
    id: 'BrowserFailure',
    schema: object(
      {
        error: object({ code: text, message: text, detail: { ...text, description: 'With `debug` only.' }, correlation_id: uuid }, [
          'code',
          'message',
          'correlation_id',
        ]),
      },
      ['error'],
    ),
  },
};

interface Failure extends WireAnswer {
  readonly failure: FailureCode;
  readonly message: string;
}

function answersOf(dialect: Dialect, codes: readonly FailureCode[]): readonly Failure[] {
  const context = { correlationId: '', debug: false };
  return codes.map((code) => {
    const error = new LatchkeyError(code);
    return { ...dialect.failure(error, context), failure: code, message: error.message };
  });
}

type Body = Readonly<Record<string, unknown>>;
const among = (values: readonly unknown[]) => ({ enum: [...new Set(values)] });
const errorOf = ({ error }: Body) => error as Body;

/** The values that a member may have in this call. */
const NARROWED: Readonly<Record<Dialect['name'], (bodies: readonly Body[]) => JsonObject>> = {
  cloudreve: (bodies) => ({ code: among(bodies.map(({ code }) => code)) }),
  genauth: (bodies) => ({ statusCode: among(bodies.map(({ statusCode }) => statusCode)) }),
  biore: (bodies) => ({ error: { properties: { i18nKey: among(bodies.map((body) => errorOf(body).i18nKey)) } } }),
  browser: (bodies) => ({ error: { properties: { code: among(bodies.map((body) => errorOf(body).code)) } } }),
};

/** The member by which a reader recognizes a failure in an answer. */
const CODES: Readonly<Record<Dialect['name'], (body: Body) => unknown>> = {
  cloudreve: ({ code }) => code,
  genauth: ({ statusCode }) => statusCode,
  biore: (body) => errorOf(body).i18nKey,
  browser: (body) => errorOf(body).code,
};

export interface FailureAnswer {
  readonly status: number;
  readonly contentType: 'application/json' | 'text/html';
  readonly schema: JsonObject;
  /** A line of Markdown for each. */
  readonly says: readonly string[];
}

/** The failures of a call, by status, in one of its forms. */
export function failureAnswers(form: FailureForm, codes: readonly FailureCode[], components: Components): readonly FailureAnswer[] {
  const isPage = form === 'page';
  const dialect = DIALECTS[isPage ? 'browser' : form];
  const answers = answersOf(dialect, codes);
  return [...new Set(answers.map(({ status }) => status))].map((status) => {
    const failures = answers.filter((answer) => answer.status === status);
    const says = failures.map(({ body, message }) => `- \`${CODES[dialect.name](body)}\`: ${message}.`);
    if (isPage) return { status, contentType: 'text/html', schema: text, says };
    const { id, schema } = ENVELOPES[dialect.name];
    const bodies = failures.map(({ body }) => body);
    return {
      status,
      contentType: 'application/json',
      schema: { allOf: [components.add(id, schema), { properties: NARROWED[dialect.name](bodies) }] },
      says,
    };
  });
}

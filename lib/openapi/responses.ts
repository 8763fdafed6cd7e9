// The answers of a call, by status: its successes and its failures.

import { failureAnswers } from './failures.js';
import type { FailureForm, Operation, OperationFamily, Outcome } from './operation.js';
import type { Components, JsonObject } from './schemas.js';

const OBJECT = { type: 'object', additionalProperties: false } as const;
const EMPTY = { type: 'string' } as const;

/** The envelope around the data of a success. */
function envelope(family: OperationFamily, schema: JsonObject | undefined, mayBeMissing: boolean): JsonObject {
  const required = (...names: readonly string[]) => [...names, ...(mayBeMissing ? [] : ['data'])];
  const around = schema === undefined ? {} : { data: schema };
  switch (family) {
    case 'cloudreve':
      return { ...OBJECT, properties: { code: { const: 0 }, ...around, msg: EMPTY }, required: required('code', 'msg') };
    case 'biore':
      return { ...OBJECT, properties: { success: { const: true }, ...around }, required: required('success') };
    case 'genauth': {
      const properties = { statusCode: { const: 200 }, message: EMPTY, ...around };
      return { ...OBJECT, properties, required: required('statusCode', 'message') };
    }
    default:
      throw new TypeError(`${family} has no envelope`);
  }
}

/** The forms of a family's failures, unless a call says otherwise. */
const FAILS_AS: Readonly<Record<OperationFamily, readonly FailureForm[]>> = {
  cloudreve: ['cloudreve'],
  biore: ['biore'],
  genauth: ['genauth'],
  browser: ['browser', 'page'],
  operations: [],
};

interface Content {
  readonly contentType: string;
  readonly schema: JsonObject;
}

function contentOf(outcome: Outcome, family: OperationFamily, components: Components): Content | undefined {
  switch (outcome.kind) {
    case 'data': {
      const data = outcome.schema === undefined ? undefined : components.of(outcome.schema, 'output');
      return { contentType: 'application/json', schema: envelope(family, data, outcome.schema?.isOptional() ?? true) };
    }
    case 'json':
      return { contentType: 'application/json', schema: components.of(outcome.schema, 'output') };
    case 'page':
      return { contentType: 'text/html', schema: EMPTY };
    case 'text':
      return { contentType: outcome.type, schema: EMPTY };
    default:
      return undefined;
  }
}

/** One status, while it is put together from outcomes and failures. */
interface Draft {
  readonly says: string[];
  readonly failures: string[];
  readonly contents: Content[];
  redirects: boolean;
  /** Whether an answer may also have no body. */
  mayBeEmpty: boolean;
}

function toResponse({ says, failures, contents, redirects, mayBeEmpty }: Draft): JsonObject {
  const types = [...new Set(contents.map(({ contentType }) => contentType))];
  const content = types.map((type) => {
    const schemas = contents.filter(({ contentType }) => contentType === type).map(({ schema }) => schema);
    return [type, { schema: schemas.length === 1 || type !== 'application/json' ? schemas[0] : { anyOf: schemas } }] as const;
  });
  const list = [...new Set(failures)].join('\n');
  const failed = list === '' ? [] : [says.length === 0 ? list : `Or it failed:\n\n${list}`];
  return {
    description: [...says, ...failed].join('\n\n'),
    ...(redirects ? { headers: { Location: { schema: { type: 'string', format: 'uri-reference' } } } } : {}),
    ...(content.length === 0 ? {} : { content: Object.fromEntries(content) }),
    ...(mayBeEmpty && content.length > 0 ? { 'x-may-be-empty': true } : {}),
  };
}

export function responsesOf(family: OperationFamily, operation: Operation, components: Components): JsonObject {
  const drafts = new Map<number, Draft>();
  const draftOf = (status: number) => {
    const draft = drafts.get(status) ?? { says: [], failures: [], contents: [], redirects: false, mayBeEmpty: false };
    drafts.set(status, draft);
    return draft;
  };
  for (const outcome of operation.outcomes) {
    const draft = draftOf(outcome.status);
    const content = contentOf(outcome, family, components);
    draft.says.push(outcome.says);
    if (content !== undefined) draft.contents.push(content);
    if (outcome.kind === 'redirect') draft.redirects = true;
    if (outcome.kind === 'nothing') draft.mayBeEmpty = true;
  }
  for (const form of operation.failsAs ?? FAILS_AS[family]) {
    for (const { status, says, ...content } of failureAnswers(form, operation.failures, components)) {
      const draft = draftOf(status);
      draft.failures.push(...says);
      draft.contents.push(content);
    }
  }
  return Object.fromEntries([...drafts].sort(([one], [other]) => one - other).map(([status, draft]) => [status, toResponse(draft)]));
}

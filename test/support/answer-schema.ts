// Holds an answer to the JSON Schema that was drawn from the API's document.

import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

export type AnswerName =
  | 'cloudreve-prepare'
  | 'cloudreve-finish-sign-in'
  | 'cloudreve-finish-link'
  | 'cloudreve-unlink'
  | 'cloudreve-failure'
  | 'biore-unlink'
  | 'biore-failure'
  | 'genauth-common-response'
  | 'genauth-failure';

// `strictRequired` would refuse conditions on properties that are described beside them.
const ajv = new Ajv2020({ strict: true, strictRequired: false, allErrors: true, discriminator: true, allowUnionTypes: true });
formats.default(ajv);

function load(name: AnswerName): object {
  return JSON.parse(readFileSync(new URL(`../contract/schemas/${name}.json`, import.meta.url), 'utf8'));
}

function validatorOf(name: AnswerName): ValidateFunction {
  return ajv.getSchema(`${name}.json`) ?? ajv.compile(load(name));
}

/**
 * Passes when the parsed body is the documented answer.
 * @throws Error that lists every difference with its path, and the body
 */
export function expectAnswer(name: AnswerName, body: unknown): void {
  const validate = validatorOf(name);
  if (validate(body)) return;
  const differences = (validate.errors ?? []).map(({ instancePath, message, params }) => {
    return `  ${instancePath || '/'} ${message ?? ''} ${JSON.stringify(params)}`;
  });
  throw new Error([`Not the documented answer ${name}:`, ...differences, JSON.stringify(body, null, 2)].join('\n'));
}

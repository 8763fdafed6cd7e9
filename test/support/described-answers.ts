// Holds every answer of ours that a test client gets to the OpenAPI document: its path, its status, its type and its shape.

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { HEALTH_PATHS } from '../../lib/server/health.js';
import { wholeDocument, wholeOperations } from '../../routes/openapi/whole.js';
import type { HttpAnswer } from './http-request.js';

interface Described {
  /** As the document has it. */
  readonly template: string;
  readonly method: string;
  /** Of the whole path. */
  readonly whole: RegExp;
  /** Of its end, for an app that has moved the prefix. */
  readonly end: RegExp;
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const patternOf = (path: string) => escaped(path).replace(/:\w+/g, '[^/]+');

function everythingDescribed(): readonly Described[] {
  return wholeOperations().flatMap(({ paths, names, method }) =>
    paths.map((path) => ({
      template: path.replace(/:(\w+)/g, '{$1}'),
      method,
      whole: new RegExp(`^${patternOf(path)}/?$`, 'i'),
      end: new RegExp(`^/.+(?:${names.map(patternOf).join('|')})/?$`, 'i'),
    })),
  );
}

function createJudge() {
  const described = everythingDescribed();
  const document = wholeDocument(HEALTH_PATHS);
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema({ $id: 'description', ...document });
  const compiled = new Map<string, ValidateFunction>();

  function validatorAt(pointer: readonly string[]): ValidateFunction {
    const $ref = `description#/${pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;
    const validate = compiled.get($ref) ?? ajv.compile({ $ref });
    compiled.set($ref, validate);
    return validate;
  }

  interface Told {
    readonly content?: Readonly<Record<string, unknown>>;
    readonly 'x-may-be-empty'?: boolean;
  }

  /** What is wrong with the answer, as that operation's; undefined: nothing. */
  function fault(template: string, method: string, asked: string, { status, headers, text, json }: HttpAnswer): string | undefined {
    const responses = document.paths[template]?.[method]?.responses as Readonly<Record<string, Told>> | undefined;
    const told = responses?.[status];
    if (asked === 'HEAD' && status === 204) return undefined;
    if (told === undefined) return `status ${status}`;
    const mayBeEmpty = told.content === undefined || told['x-may-be-empty'] === true;
    if (asked === 'HEAD' || (mayBeEmpty && text === '')) return undefined;
    const [type = ''] = (headers.get('content-type') ?? '').split(';');
    const types = Object.keys(told.content ?? {});
    // A redirect has a text of Express's beside its Location.
    if (types.length === 0 && status >= 300 && status < 400) return undefined;
    if (!types.includes(type)) return `a body of type ${type || 'none'}`;
    if (type !== 'application/json') return undefined;
    const validate = validatorAt(['paths', template, method, 'responses', String(status), 'content', type, 'schema']);
    return validate(json) ? undefined : ajv.errorsText(validate.errors, { separator: '\n  ' });
  }

  const candidates = (method: string, path: string) => {
    const fitting = described.filter((each) => each.method === method);
    const whole = fitting.filter((each) => each.whole.test(path));
    // A path in full stands before one with a parameter.
    const exact = whole.filter(({ template }) => !template.includes('{'));
    const found = exact.length > 0 ? exact : whole;
    return found.length > 0 ? found : fitting.filter((each) => each.end.test(path));
  };

  return { candidates, fault };
}

/** Where suites have what stands under no prefix. */
const MOVED: readonly (readonly [RegExp, string])[] = [
  [/^\/id$/, '/'],
  [/^(?:\/oauth\/done|\/b\/callback|\/v2\/done)\//, '/callback/openid/'],
];

const usual = (path: string) => MOVED.reduce((now, [moved, place]) => now.replace(moved, place), path);

let judge: ReturnType<typeof createJudge> | undefined;

/** Helmet writes it so for our answers, and for nobody else's. */
const OUR_POLICY = /^default-src 'none';(?:frame-ancestors|script-src|style-src 'self')/;

/** Ours by its headers; whatever else comes back is the host app's, a provider's or nobody's. */
const isOurs = ({ headers }: HttpAnswer) => OUR_POLICY.test(headers.get('content-security-policy') ?? '');

/** A path that cannot be decoded is no call, and refused before anybody looks which one it might be. */
function isCall(pathname: string): boolean {
  try {
    return decodeURIComponent(pathname) !== '';
  } catch {
    return false;
  }
}

/** @throws Error that says what the document does not tell of */
export function holdToDescription(method: string, url: string, answer: HttpAnswer): void {
  if (method === 'OPTIONS' || !isOurs(answer)) return;
  const { pathname } = new URL(url);
  if (!isCall(pathname)) return;
  judge ??= createJudge();
  const asked = method === 'HEAD' ? 'get' : method.toLowerCase();
  const found = judge.candidates(asked, usual(pathname));
  if (found.length === 0)
    throw new Error(`The OpenAPI document has no ${method} ${pathname}: ${answer.status} ${answer.text.slice(0, 200)}`);
  const faults: string[] = [];
  for (const { template } of found) {
    const fault = judge.fault(template, asked, method, answer);
    if (fault === undefined) return;
    faults.push(`${template}: ${fault}`);
  }
  throw new Error(
    `Not as the OpenAPI document tells of ${method} ${pathname}: ${answer.status} ${answer.text.slice(0, 300)}\n  ${faults.join('\n  ')}`,
  );
}

// Holds every answer of ours that a test client gets to the OpenAPI document: its path, its status, its type and its shape.

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { openApiDocument, type ServedOperation } from '../../lib/openapi/document.js';
import type { OperationFamily } from '../../lib/openapi/operation.js';
import { HEALTH_PATHS } from '../../lib/server/health-paths.js';
import { OPERATIONS } from '../../routes/openapi/served.js';
import type { HttpAnswer } from './http-request.js';

const PREFIXES: Readonly<Record<OperationFamily, readonly string[]>> = {
  cloudreve: ['', '/api/v4'],
  biore: ['/api/v1'],
  genauth: ['/api/v3'],
  browser: [''],
  operations: [''],
};

interface Described {
  /** As the document has it. */
  readonly template: string;
  readonly method: string;
  /** Of the whole path. */
  readonly whole: RegExp;
  /** Of its end, for an app that has moved the prefix. */
  readonly end: RegExp;
}

/** Calls with two names in one dialect. */
const ALSO: ReadonlyMap<string, readonly string[]> = new Map([['/get-application-enabled-extidps', ['/get-extidps']]]);

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const patternOf = (path: string) => escaped(path).replace(/:\w+/g, '[^/]+');

function everything(): { readonly served: readonly ServedOperation[]; readonly described: readonly Described[] } {
  const calls = (Object.keys(OPERATIONS) as OperationFamily[]).flatMap((family) =>
    Object.entries(OPERATIONS[family]).map(([key, operation]) => {
      const [method = '', path = ''] = key.split(' ');
      const own = path.startsWith('/') ? path : '/';
      const names = [own, ...(ALSO.get(own) ?? [])];
      const paths = PREFIXES[family].flatMap((prefix) => names.map((name) => prefix + name));
      return { family, operation, method: method.toLowerCase(), names, paths };
    }),
  );
  const described = calls.flatMap(({ paths, names, method }) =>
    paths.map((path) => ({
      template: path.replace(/:(\w+)/g, '{$1}'),
      method,
      whole: new RegExp(`^${patternOf(path)}/?$`, 'i'),
      end: new RegExp(`^/.+(?:${names.map(patternOf).join('|')})/?$`, 'i'),
    })),
  );
  return { served: calls, described };
}

function createJudge() {
  const { served, described } = everything();
  const options = {
    title: 'Everything',
    version: '0',
    serverUrl: 'http://127.0.0.1',
    sessionCookie: 'latchkey-session',
    paths: HEALTH_PATHS,
  };
  const document = openApiDocument(served, options);
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

let judge: ReturnType<typeof createJudge> | undefined;

/** Helmet writes it so for our answers, and for nobody else's. */
const OUR_POLICY = /^default-src 'none';(?:frame-ancestors|script-src|style-src 'self')/;

/** Ours by its headers; whatever else comes back is the host app's, a provider's or nobody's. */
const isOurs = ({ headers }: HttpAnswer) => OUR_POLICY.test(headers.get('content-security-policy') ?? '');

/** @throws Error that says what the document does not tell of */
export function holdToDescription(method: string, url: string, answer: HttpAnswer): void {
  if (method === 'OPTIONS' || !isOurs(answer)) return;
  judge ??= createJudge();
  const { pathname } = new URL(url);
  const asked = method === 'HEAD' ? 'get' : method.toLowerCase();
  const found = judge.candidates(asked, pathname);
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

// Writes `lib/client/calls.ts`: the calls that answer JSON, as TypeScript, from the OpenAPI document.

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../lib/openapi/schemas.js';
import { wholeDocument } from '../routes/openapi/whole.js';

interface Schema {
  readonly $ref?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly type?: string | readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly not?: object;
  readonly description?: string;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Call {
  readonly operationId?: string;
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>>;
  readonly tags: readonly string[];
}

const JSON_TYPE = 'application/json';
const key = (name: string) => (/^[a-z_$][\w$]*$/i.test(name) ? name : `'${name}'`);
const comment = (text: string | undefined, indent: string) => (text === undefined ? '' : `${indent}/** ${text} */\n`);

function objectType({ properties = {}, required = [] }: Schema, indent: string): string {
  const inner = `${indent}  `;
  const members = Object.entries(properties).map(([name, schema]) => {
    const mark = required.includes(name) ? '' : '?';
    return `${comment(schema.$ref === undefined ? schema.description : undefined, inner)}${inner}readonly ${key(name)}${mark}: ${typeOf(schema, inner)};\n`;
  });
  return members.length === 0 ? 'object' : `{\n${members.join('')}${indent}}`;
}

function typeOf(schema: Schema, indent: string): string {
  if (schema.$ref !== undefined) return schema.$ref.slice('#/components/schemas/'.length);
  if (schema.const !== undefined) return literal(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(literal).join(' | ');
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map((each) => typeOf(each, indent)))].join(' | ');
  if (typeof schema.type === 'object') return schema.type.join(' | ');
  switch (schema.type) {
    case 'object':
      return objectType(schema, indent);
    case 'array':
      return `ReadonlyArray<${typeOf(schema.items ?? {}, indent)}>`;
    case 'integer':
      return 'number';
    case undefined:
      return schema.not === undefined ? 'unknown' : 'never';
    default:
      return schema.type;
  }
}

const literal = (value: unknown) => (typeof value === 'string' ? `'${value}'` : JSON.stringify(value));

function parametersType(all: readonly Parameter[], place: Parameter['in'], indent: string): string | undefined {
  const own = all.filter((parameter) => parameter.in === place);
  if (own.length === 0) return undefined;
  const required = own.filter((parameter) => parameter.required === true).map(({ name }) => name);
  return objectType({ properties: Object.fromEntries(own.map(({ name, schema }) => [name, schema])), required }, indent);
}

/** What a success brings: of an envelope its data. Undefined: the call answers no JSON. */
function dataType({ responses, tags }: Call, indent: string): string | undefined {
  const schema = responses[200]?.content?.[JSON_TYPE]?.schema;
  if (schema === undefined) return responses[204] === undefined ? undefined : 'undefined';
  if (tags.includes('Browser')) return typeOf(schema, indent);
  const isSuccess = ({ properties = {} }: Schema) =>
    ['code', 'statusCode', 'success'].some((name) => properties[name]?.const !== undefined);
  const successes = (schema.anyOf ?? [schema]).filter(isSuccess);
  const types = successes.map(({ properties, required }) => {
    const data = properties?.data;
    if (data === undefined) return 'undefined';
    return required?.includes('data') === true ? typeOf(data, indent) : `${typeOf(data, indent)} | undefined`;
  });
  return types.length === 0 ? undefined : [...new Set(types)].join(' | ');
}

function callType(call: Call, indent: string): string | undefined {
  const data = dataType(call, indent);
  if (data === undefined) return undefined;
  const { parameters = [], requestBody } = call;
  const path = parametersType(parameters, 'path', indent);
  const query = parametersType(parameters, 'query', indent);
  const body = requestBody?.content[JSON_TYPE]?.schema;
  const members = [
    path === undefined ? '' : `${indent}readonly path: ${path};\n`,
    query === undefined ? '' : `${indent}readonly query: ${query};\n`,
    body === undefined ? '' : `${indent}readonly body${requestBody?.required === true ? '' : '?'}: ${typeOf(body, indent)};\n`,
    `${indent}readonly data: ${data};\n`,
  ];
  return members.join('');
}

/** The text of the file. */
export function clientTypes(): string {
  const { paths, components } = wholeDocument();
  const calls = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, operation]) => {
      const call = operation as unknown as Call;
      const isForPrograms = call.operationId !== undefined && !call.tags.includes('Operations');
      const type = isForPrograms ? callType(call, '    ') : undefined;
      return type === undefined
        ? []
        : [`${comment(`${call.summary}.`, '  ')}  readonly '${method.toUpperCase()} ${path}': {\n${type}  };\n`];
    }),
  );
  const used = calls.join('');
  const isUsed = (name: string, text: string) => new RegExp(`\\b${name}\\b`).test(text);
  const schemas = Object.entries(components.schemas as JsonObject).filter(([name]) => !name.endsWith('Failure'));
  const all = schemas.map(([name, schema]) => {
    const { description, ...rest } = schema as Schema;
    return { name, text: `${comment(description, '')}export interface ${name} ${objectType(rest, '')}\n` };
  });
  const texts = all.filter(({ name }) => isUsed(name, used) || all.some((other) => other.name !== name && isUsed(name, other.text)));
  return [
    '// The calls that answer JSON. Made by `npm run client:types` from the OpenAPI document: change `routes/openapi/` instead.\n',
    ...texts.map(({ text }) => text),
    `/** By method and path: what a call takes, and what its answer brings. */\nexport interface Calls {\n${used}}\n`,
  ].join('\n');
}

export const CLIENT_TYPES_FILE = fileURLToPath(new URL('../lib/client/calls.ts', import.meta.url));

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(CLIENT_TYPES_FILE, clientTypes());

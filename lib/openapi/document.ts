// The OpenAPI 3.1 document of what an app serves of ours.

import type { Operation, OperationFamily, SecurityScheme } from './operation.js';
import { responsesOf } from './responses.js';
import { type Components, createComponents, type JsonObject } from './schemas.js';

/** One call, at every path that it answers at; the first is the one to use. */
export interface ServedOperation {
  readonly family: OperationFamily;
  /** In lower case. */
  readonly method: string;
  /** As Express writes them. */
  readonly paths: readonly string[];
  readonly operation: Operation;
}

export interface DocumentOptions {
  readonly title: string;
  readonly version: string;
  /** Where the paths begin. */
  readonly serverUrl: string;
  /** The name of our session's cookie. */
  readonly sessionCookie: string;
  /** Paths of the app's own, as OpenAPI has them: they stand beside ours. */
  readonly paths: JsonObject;
}

export interface OpenApiDocument extends JsonObject {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;
  readonly components: { readonly schemas: JsonObject; readonly [name: string]: unknown };
}

const TAGS: Readonly<Record<OperationFamily, { readonly name: string; readonly description: string }>> = {
  cloudreve: {
    name: 'Cloudreve',
    description: 'Answers are envelopes: `code` is 0 or says what failed, and the HTTP status is 200 for most of both.',
  },
  biore: { name: 'BIO.RE', description: 'Answers are envelopes with real HTTP statuses; `i18nKey` says what failed.' },
  genauth: {
    name: 'GenAuth',
    description: 'Answers are envelopes: `statusCode` is 200 or says what failed, and the HTTP status is 200 for most of both.',
  },
  browser: {
    name: 'Browser',
    description: 'For people: redirects, pages and plain forms. Whoever asks for JSON is told failures in JSON.',
  },
  operations: { name: 'Operations', description: 'For whoever runs the app.' },
};

const DESCRIPTION = `What this app serves of Latchkey: sign-in by other providers, linking them to an account, and unlinking them without ever taking the last way in.

Preflight requests (\`OPTIONS\`) are answered at every JSON path for the origins that the app allows, and \`HEAD\` wherever there is \`GET\` (with 204 where \`GET\` leads to or from a provider: looking does nothing). Answers that are counted carry \`RateLimit\` and \`RateLimit-Policy\`, a refusal \`Retry-After\`. What a cookie alone signs must come from the app's own origin or an allowed one.`;

function securitySchemes(sessionCookie: string): Readonly<Record<SecurityScheme, JsonObject>> {
  return {
    bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An access token; also without the word `Bearer`.' },
    session: { type: 'apiKey', in: 'cookie', name: sessionCookie, description: 'A browser that has signed in, here or in the app itself.' },
    refreshCookie: { type: 'apiKey', in: 'cookie', name: 'biore_refresh', description: 'A refresh token, for this one path.' },
    idToken: {
      type: 'apiKey',
      in: 'query',
      name: 'id_token',
      description: 'An access token; a header that comes with it decides nothing.',
    },
    metricsToken: { type: 'http', scheme: 'bearer', description: 'The token of the option `metrics`.' },
  };
}

const asTemplate = (path: string) => path.replace(/:(\w+)/g, '{$1}');

function parametersOf({ path, query }: Operation, components: Components): readonly JsonObject[] {
  const places = [
    { place: 'path', schema: path },
    { place: 'query', schema: query },
  ] as const;
  return places.flatMap(({ place, schema: given }) => {
    if (given === undefined) return [];
    const { properties = {}, required = [] } = components.of(given, 'input') as { properties?: JsonObject; required?: readonly string[] };
    return Object.entries(properties).map(([name, schema]) => ({
      name,
      in: place,
      ...(place === 'path' || required.includes(name) ? { required: true } : {}),
      schema,
    }));
  });
}

function requestBodyOf({ json, form, bodyIsOptional }: Operation, components: Components): JsonObject {
  const given = json ?? form;
  if (given === undefined) return {};
  const contentType = json === undefined ? 'application/x-www-form-urlencoded' : 'application/json';
  const schema = components.of(given, 'input');
  return { requestBody: { ...(bodyIsOptional === true ? {} : { required: true }), content: { [contentType]: { schema } } } };
}

function securityOf({ signedBy = [], orNobody = false }: Operation): readonly JsonObject[] {
  return [...signedBy.map((scheme) => ({ [scheme]: [] })), ...(orNobody && signedBy.length > 0 ? [{}] : [])];
}

/** @param alias another path of a call that is told of already: it has no `operationId`, which is unique */
function operationObject({ family, operation }: ServedOperation, components: Components, alias: string | undefined): JsonObject {
  const { id, summary, description } = operation;
  const parameters = parametersOf(operation, components);
  const told = alias === undefined ? description : `The same as at \`${alias}\`.`;
  return {
    ...(alias === undefined ? { operationId: id } : { 'x-same-as': alias }),
    tags: [TAGS[family].name],
    summary,
    ...(told === undefined ? {} : { description: told }),
    security: securityOf(operation),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...requestBodyOf(operation, components),
    responses: responsesOf(family, operation, components),
  };
}

export function openApiDocument(served: readonly ServedOperation[], options: DocumentOptions): OpenApiDocument {
  const components = createComponents();
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const each of served) {
    const templates = [...new Set(each.paths.map(asTemplate))];
    for (const template of templates) {
      const alias = template === templates[0] ? undefined : templates[0];
      paths[template] = { ...paths[template], [each.method]: operationObject(each, components, alias) };
    }
  }
  const families = [...new Set(served.map(({ family }) => family))];
  return {
    openapi: '3.1.1',
    info: { title: options.title, version: options.version, description: DESCRIPTION },
    servers: [{ url: options.serverUrl }],
    tags: families.map((family) => TAGS[family]),
    paths: { ...paths, ...(options.paths as OpenApiDocument['paths']) },
    components: { schemas: components.schemas, securitySchemes: securitySchemes(options.sessionCookie) },
  };
}

// The OpenAPI 3.1 document of Latchkey's calls in an app.

import type { Operation, OperationFamily, SecurityScheme } from './operation.js';
import { responsesOf } from './responses.js';
import { type Components, createComponents, type JsonObject } from './schemas.js';

/** One call, at every path that it answers at; the first is the one to use. */
export interface ServedOperation {
  readonly family: OperationFamily;
  /** In lower case. */
  readonly method: string;
  /** In Express' notation. */
  readonly paths: readonly string[];
  readonly operation: Operation;
}

export interface DocumentOptions {
  readonly title: string;
  readonly version: string;
  /** The URL that the paths are relative to. */
  readonly serverUrl: string;
  /** The name of our session's cookie. */
  readonly sessionCookie: string;
  /** The app's own paths, as OpenAPI path items, listed beside ours. */
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
    description: 'Answers are envelopes: `code` is 0 or says what failed. The HTTP status is 200 for successes and for most failures.',
  },
  biore: { name: 'BIO.RE', description: 'Answers are envelopes with real HTTP statuses; `i18nKey` says what failed.' },
  genauth: {
    name: 'GenAuth',
    description:
      'Answers are envelopes: `statusCode` is 200 or says what failed. The HTTP status is 200 for successes and for most failures.',
  },
  browser: {
    name: 'Browser',
    description: 'For people: redirects, pages and plain forms. A client that asks for JSON gets failures as JSON.',
  },
  operations: { name: 'Operations', description: 'For the operators of the app.' },
};

const DESCRIPTION = `The Latchkey calls of this app: sign-in with other providers, linking them to an account, and unlinking them without ever removing the last way in.

Preflight requests (\`OPTIONS\`) are answered at every JSON path for the origins that the app allows, and \`HEAD\` wherever there is \`GET\` (with 204 if \`GET\` leads to or from a provider, because \`HEAD\` does nothing). Answers of calls with a rate limit carry \`RateLimit\` and \`RateLimit-Policy\`; a refusal carries \`Retry-After\`. A change that only a cookie signs must come from the app's own origin or an allowed one.`;

function securitySchemes(sessionCookie: string): Readonly<Record<SecurityScheme, JsonObject>> {
  return {
    bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An access token; the word `Bearer` may be left out.' },
    session: {
      type: 'apiKey',
      in: 'cookie',
      name: sessionCookie,
      description: 'The session of a browser that has signed in, here or in the app itself.',
    },
    refreshCookie: { type: 'apiKey', in: 'cookie', name: 'biore_refresh', description: 'A refresh token, for the paths that list it.' },
    idToken: {
      type: 'apiKey',
      in: 'query',
      name: 'id_token',
      description: 'An access token; an `authorization` header beside it is ignored.',
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

/** @param alias set if the call is described already at another path: then it has no `operationId`, which must be unique */
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

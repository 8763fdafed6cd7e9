// The document as a page for people: without scripts, in the style of our other pages.

import { layout } from '../pages/layout.js';
import type { PageFrame } from '../pages/page-frame.js';
import { template } from '../pages/template.js';
import { english } from '../pages/texts/en.js';
import { escapeHtml } from '../support/escape-html.js';
import type { OpenApiDocument } from './document.js';
import type { JsonObject } from './schemas.js';

interface ReferenceCall {
  readonly method: string;
  readonly path: string;
  readonly also: readonly string[];
  readonly summary: string;
  readonly descriptionHtml: string;
  readonly parameters: readonly string[];
  readonly body: string | undefined;
  readonly answers: readonly { readonly status: string; readonly textHtml: string; readonly schema: string | undefined }[];
}

interface Reference {
  readonly sections: readonly { readonly name: string; readonly textHtml: string; readonly calls: readonly ReferenceCall[] }[];
  readonly introHtml: string;
  readonly schemas: readonly { readonly name: string; readonly schema: string }[];
}

/** Renders the Markdown that the document uses: paragraphs, lists and code. */
function markdown(text: string): string {
  const inline = (line: string) => escapeHtml(line).replace(/`([^`]+)`/g, '<code>$1</code>');
  return text
    .split('\n\n')
    .map((block) => {
      const lines = block.split('\n').map((line) => inline(line.replace(/^- /, '')));
      return block.startsWith('- ') ? `<ul>${lines.map((line) => `<li>${line}</li>`).join('')}</ul>` : `<p>${lines.join(' ')}</p>`;
    })
    .join('');
}

const shown = (schema: unknown) => JSON.stringify(schema, null, 2).replaceAll('#/components/schemas/', '#');
const record = (value: unknown) => (value ?? {}) as JsonObject;

/** The JSON or form of a body; pages and files have nothing to show. */
function schemaOf(content: unknown): string | undefined {
  const entries = Object.entries(record(content)).filter(([type]) => /json|urlencoded/.test(type));
  const [first] = entries;
  return first === undefined ? undefined : shown(record(first[1]).schema);
}

function callOf(document: OpenApiDocument, path: string, method: string, operation: JsonObject): ReferenceCall {
  const parameters = (operation.parameters ?? []) as readonly JsonObject[];
  const body = record(operation.requestBody).content;
  return {
    method: method.toUpperCase(),
    path,
    also: Object.entries(document.paths).flatMap(([other, item]) => (item[method]?.['x-same-as'] === path ? [other] : [])),
    summary: String(operation.summary),
    descriptionHtml: operation.description === undefined ? '' : markdown(String(operation.description)),
    parameters: parameters.map(({ name, in: place, required }) => `${name} (${place}${required === true ? '' : ', optional'})`),
    body: schemaOf(body),
    answers: Object.entries(record(operation.responses)).map(([status, response]) => ({
      status,
      textHtml: markdown(String(record(response).description)),
      schema: schemaOf(record(response).content),
    })),
  };
}

function referenceOf(document: OpenApiDocument): Reference {
  const calls = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([, operation]) => operation.operationId !== undefined)
      .map(([method, operation]) => ({
        tags: operation.tags as readonly string[] | undefined,
        call: callOf(document, path, method, operation),
      })),
  );
  const tags = (document.tags ?? []) as readonly { readonly name: string; readonly description: string }[];
  const of = (name: string) => calls.filter(({ tags: own }) => own?.includes(name) === true).map(({ call }) => call);
  return {
    introHtml: markdown(String(record(document.info).description)),
    sections: tags.map(({ name, description }) => ({ name, textHtml: markdown(description), calls: of(name) })),
    schemas: Object.entries(document.components.schemas).map(([name, schema]) => ({ name, schema: shown(schema) })),
  };
}

const render = template<Reference>(`<div class="lead"><%~ it.introHtml %></div>
<p class="hint"><a href="openapi.json">openapi.json</a></p>
<% for (const { name, textHtml, calls } of it.sections) { %><section>
<h2><%= name %></h2>
<div class="hint"><%~ textHtml %></div>
<% for (const call of calls) { %><div class="panel">
<h3><code><%= call.method %> <%= call.path %></code></h3>
<p><%= call.summary %></p>
<% if (call.also.length > 0) { %><p class="hint">Also at <% for (const other of call.also) { %><code><%= other %></code> <% } %></p>
<% } %><%~ call.descriptionHtml %>
<% if (call.parameters.length > 0) { %><p class="hint">Parameters: <%= call.parameters.join(', ') %></p>
<% } %><dl>
<% if (call.body !== undefined) { %><dt>Body</dt>
<dd><details><summary>Schema</summary><pre><%= call.body %></pre></details></dd>
<% } %><% for (const answer of call.answers) { %><dt><%= answer.status %></dt>
<dd><%~ answer.textHtml %><% if (answer.schema !== undefined) { %><details><summary>Schema</summary><pre><%= answer.schema %></pre></details><% } %></dd>
<% } %></dl>
</div>
<% } %></section>
<% } %><section>
<h2>Schemas</h2>
<% for (const { name, schema } of it.schemas) { %><div class="panel">
<h3 id="<%= name %>"><%= name %></h3>
<pre><%= schema %></pre>
</div>
<% } %></section>
`);

export interface ReferencePageOptions {
  readonly paths: PageFrame['paths'];
  /** The app's own style sheet. */
  readonly stylesheet: string | undefined;
}

export function referencePage(document: OpenApiDocument, { paths, stylesheet }: ReferencePageOptions): string {
  const frame: PageFrame = {
    ...{ paths, stylesheet, user: undefined, notice: undefined, failure: undefined },
    appName: String(record(document.info).title),
    language: 'en',
  };
  return layout({ heading: 'Calls', bodyHtml: render(referenceOf(document)), shape: 'list' }, frame, english);
}

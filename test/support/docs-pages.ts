// README and the pages of docs/, with the snippets that they show.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROJECT_ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface DocsPage {
  /** From the root of the project, such as `docs/guard.md`. */
  readonly path: string;
  readonly text: string;
}

export interface Snippet {
  readonly page: string;
  /** `ts`, `js`, `cjs`, `sh`, … */
  readonly language: string;
  /** What else stands behind the fence, such as `run`. */
  readonly words: readonly string[];
  readonly text: string;
}

function markdown(folder: string): readonly string[] {
  const names = readdirSync(join(PROJECT_ROOT, folder), { recursive: true, encoding: 'utf8' });
  // The generated reference stands beside them where somebody made it.
  return names.filter((name) => name.endsWith('.md') && !name.startsWith('api/')).map((name) => join(folder, name));
}

export function readPage(path: string): DocsPage {
  return { path, text: readFileSync(join(PROJECT_ROOT, path), 'utf8') };
}

export function docsPages(): readonly DocsPage[] {
  return ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...markdown('docs').toSorted()].map(readPage);
}

export function snippetsOf({ path, text }: DocsPage): readonly Snippet[] {
  return [...text.matchAll(/^```(\w+)(.*)\n([\s\S]*?)^```$/gm)].map(([, language = '', words = '', body = '']) => ({
    page: path,
    language,
    words: words.split(' ').filter((word) => word !== ''),
    text: body,
  }));
}

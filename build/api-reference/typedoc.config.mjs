// The reference of everything that the package exports, as markdown in docs/api, which is kept out of the repository.

import { readFileSync } from 'node:fs';

const { exports } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** `./dist/lib/index.d.ts` as the source that it is compiled from; the second door with the same names is left out. */
const entryPoints = Object.entries(exports)
  .filter(([name, entry]) => typeof entry === 'object' && name !== './host-user')
  .map(([, entry]) => entry.import.types.replace('./dist/', '../../').replace('.d.ts', '.ts'));

/** @type {Partial<import('typedoc').TypeDocOptions & import('typedoc-plugin-markdown').PluginOptions>} */
const options = {
  name: 'express-latchkey',
  entryPoints,
  tsconfig: '../../tsconfig.build.json',
  out: '../../docs/api',
  plugin: ['typedoc-plugin-markdown', 'typedoc-plugin-missing-exports'],
  placeInternalsInOwningModule: true,
  outputFileStrategy: 'modules',
  readme: 'none',
  disableSources: true,
  excludeExternals: true,
  // The compiler that the sources are written for checks them elsewhere.
  skipErrorChecking: true,
  hidePageHeader: true,
  hideBreadcrumbs: true,
  githubPages: false,
};

// biome-ignore lint/style/noDefaultExport: TypeDoc reads nothing else
export default options;

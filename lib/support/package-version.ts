// The version of this package, from the sources and from `dist` alike: by the package's own name.

import { createRequire } from 'node:module';

export function packageVersion(): string {
  const { version } = createRequire(import.meta.url)('express-latchkey/package.json') as { readonly version: string };
  return version;
}

// Packages that only some hosts need: loaded when they are used; if one is missing, the error says how to install it.

import { createRequire } from 'node:module';

const requireFromHere = createRequire(import.meta.url);

/** What `require` and `import` say of a module that is not there. */
const NOT_FOUND: readonly unknown[] = ['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'];

/** @param name of the module that is missing itself, and not merely something that it needs. Default: any */
export function isNotInstalled(error: unknown, name?: string): boolean {
  if (!(error instanceof Error && 'code' in error && NOT_FOUND.includes(error.code))) return false;
  return name === undefined || error.message.includes(`'${name}'`);
}

/** The package, loaded; undefined where it is not there, and nobody need know. */
export function packageIfThere<T>(name: string): T | undefined {
  try {
    return requireFromHere(name) as T;
  } catch (error) {
    if (!isNotInstalled(error, name)) throw error;
    return undefined;
  }
}

/**
 * The package, loaded.
 * @param need what needs it, as the beginning of a sentence
 * @param range the versions that work
 * @throws Error that says what to install when it is not there
 */
export function optionalPackage<T>(name: string, need: string, range: string): T {
  const loaded = packageIfThere<T>(name);
  if (loaded === undefined) throw new Error(`${need} needs the package ${name}: run "npm install ${name}@${range}"`);
  return loaded;
}

// Packages that only some hosts need: loaded where they are used, and named with the way to get them where they are missing.

import { createRequire } from 'node:module';

const requireFromHere = createRequire(import.meta.url);

const isMissing = (error: unknown, name: string): boolean =>
  error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND' && error.message.includes(`'${name}'`);

/**
 * The package, loaded.
 * @param need what needs it, as the beginning of a sentence
 * @param range the versions that work
 * @throws Error that says what to install when it is not there
 */
export function optionalPackage<T>(name: string, need: string, range: string): T {
  try {
    return requireFromHere(name) as T;
  } catch (error) {
    if (!isMissing(error, name)) throw error;
    throw new Error(`${need} needs the package ${name}: run "npm install ${name}@${range}"`);
  }
}

/** The package, loaded; undefined where it is not there, and nobody need know. */
export function packageIfThere<T>(name: string): T | undefined {
  try {
    return requireFromHere(name) as T;
  } catch (error) {
    if (!isMissing(error, name)) throw error;
    return undefined;
  }
}

// The secret of a development server: made once, at the first start, and used by every later process.

import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The code of a file system's refusal, such as `EACCES`: fit to be shown, unlike its message. */
export function systemErrorCode(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : 'unknown error';
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Puts the file there complete or not at all: a hard link either makes the name or finds it taken, so that of two
 * processes one wins and neither reads half a secret. A rename would let the last one win after the first had read its own.
 */
function makeOnce(file: string): void {
  const draft = `${file}.${randomBytes(8).toString('hex')}`;
  try {
    writeFileSync(draft, `${randomBytes(48).toString('base64url')}\n`, { mode: 0o600, flag: 'wx', flush: true });
    linkSync(draft, file);
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Reads `secret` under the data directory, having made it (48 random bytes, readable by its owner only) where there is none.
 * @throws Error of the file system
 */
export function developmentSecret(dataDir: string): string {
  const file = join(dataDir, 'secret');
  const found = readIfThere(file);
  if (found !== undefined) return found;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  makeOnce(file);
  return readFileSync(file, 'utf8').trim();
}

// The JSON file of LATCHKEY_CONFIG, or what is wrong with it; its content is never quoted.

import { readFileSync } from 'node:fs';
import { isRecord } from '../support/closed-object.js';
import type { Checked, Mistake } from '../support/configuration-error.js';
import { systemErrorCode } from './development-secret.js';

export type FileSettings = Readonly<Record<string, unknown>>;

const WHERE = 'LATCHKEY_CONFIG';

/** These have variables of their own, so that a configuration file can be shown around. */
const VARIABLES: ReadonlyMap<string, string> = new Map([
  ['baseUrl', 'BASE_URL'],
  ['secret', 'LATCHKEY_SECRET'],
]);

function refuse(expected: string): Checked<FileSettings> {
  return { value: {}, mistakes: [{ path: WHERE, expected }] };
}

function misplaced(settings: FileSettings): readonly Mistake[] {
  return [...VARIABLES].flatMap(([path, variable]) =>
    Object.hasOwn(settings, path) ? [{ path, expected: `expected in the environment variable ${variable}, not in the file` }] : [],
  );
}

/** Every JSON parser but Node's skips the byte order mark that some editors write. */
function parseJson(content: string): unknown {
  try {
    return JSON.parse(content.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

/** Reads the settings; none where no file is named. */
export function readSettingsFile(file: string | undefined): Checked<FileSettings> {
  if (file === undefined) return { value: {}, mistakes: [] };
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    return refuse(`expected a file that can be read (${systemErrorCode(error)})`);
  }
  const settings = parseJson(content);
  if (settings === undefined) return refuse('expected JSON, which has no comments and no commas before a closing bracket');
  return isRecord(settings) ? { value: settings, mistakes: misplaced(settings) } : refuse('expected a JSON object');
}

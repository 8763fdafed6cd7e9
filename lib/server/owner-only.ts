// Makes files that hold people's data readable by their owner only.

import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';

const FOLDER = 0o700;
const FILE = 0o600;
const STICKY = 0o1000;

/** What does not belong to this user, or lies on a disk that cannot be written, stays as it is. */
function tighten(path: string, mode: number): void {
  const { uid, mode: found } = statSync(path);
  if (uid !== process.getuid?.() || (found & 0o777) === mode) return;
  try {
    chmodSync(path, mode);
  } catch {
    // Whoever needs to write there says so in better words.
  }
}

/** Closes a folder of ours for everybody but its owner, where it is there; one that all share, such as `/tmp`, stays theirs. */
export function ownFolder(folder: string): void {
  if (existsSync(folder) && (statSync(folder).mode & STICKY) === 0) tighten(folder, FOLDER);
}

/** Where nothing can be made, the driver says so when it opens the file. */
function makeFile(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: FOLDER });
    closeSync(openSync(file, 'a', FILE));
  } catch {
    return;
  }
}

/**
 * Makes the file of a SQLite database, and its folder, before the driver does, which would let everybody read them. A folder that
 * holds anything else is not ours to close. SQLite gives its journals the mode of the file.
 */
export function ownDatabaseFile(path: string): void {
  const file = resolve(path);
  const folder = dirname(file);
  const isOurs = (name: string) => name.startsWith(basename(file));
  const ours = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true && readdirSync(folder).every(isOurs);
  makeFile(file);
  if (ours) ownFolder(folder);
  for (const suffix of ['', '-wal', '-shm', '-journal']) if (existsSync(`${file}${suffix}`)) tighten(`${file}${suffix}`, FILE);
}

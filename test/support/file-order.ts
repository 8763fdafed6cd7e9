// In which order the files of a parallel run are handed to its workers: those that take longest first, so that none ends alone.

/** By the end of their path; the others follow in their own order. */
const LONGEST: readonly string[] = [
  'package/package.test.ts',
  'package/newer-nodes.test.ts',
  'http/races.test.ts',
  'http/sequences-own-users.test.ts',
  'http/sequences-members.test.ts',
  'http/sequences-members-without-index.test.ts',
  'http/ways-in.test.ts',
  'http/faults-process.test.ts',
  'http/faults-conflict.test.ts',
  'http/faults.test.ts',
  'http/host-methods.test.ts',
  'http/password-methods.test.ts',
  'http/driver-settings.test.ts',
  'http/openid-strategy.test.ts',
  'http/ways-in-columns.test.ts',
  'http/ways-in-changes.test.ts',
  'browser/look.test.ts',
  'browser/connections.test.ts',
  'browser/other-sites.test.ts',
  'http/cookie-session-lifetime.test.ts',
  'http/host.test.ts',
];

function rank(file: string): number {
  const index = LONGEST.findIndex((long) => file.endsWith(`/${long}`));
  return index < 0 ? LONGEST.length : index;
}

/** Sorts in place: the list is mocha's own. */
export function longestFirst(files: string[]): void {
  files.sort((one, other) => rank(one) - rank(other));
}

// In which order the files of a parallel run are handed to its workers: the longest first, so that none ends alone, and those that
// mostly wait spread over the whole run, so that the cores have something to do and no browser stands beside two others.

/** Roughly how long a file takes, where that is more than a few seconds; by the end of its path. */
type Seconds = Readonly<Record<string, number>>;

const BUSY: Seconds = {
  'http/sequences-own-users.test.ts': 110,
  'http/sequences-members.test.ts': 95,
  'http/sequences-members-without-index.test.ts': 95,
  'http/races.test.ts': 70,
  'http/faults-process.test.ts': 44,
  'package/package.test.ts': 40,
  'http/plans.test.ts': 35,
  'http/chaos.test.ts': 34,
  'package/types.test.ts': 32,
  'http/option-matrix.test.ts': 31,
  'http/password-methods.test.ts': 25,
  'http/proof-races.test.ts': 24,
  'http/command.test.ts': 23,
  'http/host.test.ts': 22,
  'contract/migrations.test.ts': 22,
  'http/ways-in.test.ts': 22,
  'package/newer-nodes.test.ts': 19,
  'http/times-migration.test.ts': 19,
  'http/biore-submission.test.ts': 18,
  'http/pending-identity.test.ts': 18,
  'http/ways-in-columns.test.ts': 17,
  'http/new-members.test.ts': 15,
  'package/examples.test.ts': 14,
};

/** For leases, deadlines and what does not answer. */
const WAITING: Seconds = {
  'http/faults-conflict.test.ts': 43,
  'contract/stranded-warning.test.ts': 42,
  'http/faults.test.ts': 42,
  'http/host-methods.test.ts': 35,
  'http/late-database.test.ts': 33,
  'http/driver-settings.test.ts': 30,
  'http/slow-database.test.ts': 29,
  'http/openid-strategy.test.ts': 27,
  'http/cookie-session-lifetime.test.ts': 21,
  'contract/one-time-store.test.ts': 20,
  'http/provider-outage.test.ts': 15,
  'http/host-schemas.test.ts': 15,
  'http/oauth-strategy.test.ts': 12,
  'http/session-restart.test.ts': 12,
  'http/slow-clients.test.ts': 10,
};

/** A browser works beside the test. */
const IN_BROWSERS = { folder: '/test/browser/', seconds: 15 } as const;
const SHORT = 2;

const secondsIn = (table: Seconds, file: string) => table[file.split('/').slice(-2).join('/')];

interface Placed {
  readonly file: string;
  /** When its turn comes among its kind: from 0 at the beginning to 1 at the end. */
  readonly turn: number;
}

function turns(files: readonly string[], secondsOf: (file: string) => number): readonly Placed[] {
  const longestFirst = [...files].sort((one, other) => secondsOf(other) - secondsOf(one));
  const total = longestFirst.reduce((sum, file) => sum + secondsOf(file), 0);
  let before = 0;
  return longestFirst.map((file) => {
    const turn = before / total;
    before += secondsOf(file);
    return { file, turn };
  });
}

/** Sorts in place: the list is mocha's own. */
export function putInOrder(files: string[]): void {
  const isWaiting = (file: string) => secondsIn(WAITING, file) !== undefined;
  const isInBrowser = (file: string) => file.includes(IN_BROWSERS.folder);
  const placed = [
    ...turns(
      files.filter((file) => !isWaiting(file) && !isInBrowser(file)),
      (file) => secondsIn(BUSY, file) ?? SHORT,
    ),
    ...turns(files.filter(isWaiting), (file) => secondsIn(WAITING, file) ?? SHORT),
    ...turns(files.filter(isInBrowser), () => IN_BROWSERS.seconds),
  ];
  placed.sort((one, other) => one.turn - other.turn);
  files.splice(0, files.length, ...placed.map(({ file }) => file));
}

// What a call may cost. Counted on the wire, so that no busy machine disturbs it; these figures may only go down.

import { expect } from 'chai';
import { CALLS, type Call, type Costs, measureCosts } from '../support/call-costs.js';
import { createDatabase, type DatabaseKind, describeOn, describeWith, redisUrl, services, type TestDatabase } from '../support/services.js';

type Limits = Readonly<Record<Call, readonly number[]>>;

/** On MariaDB with Redis, as several processes serve. */
const WITH_REDIS: Limits = {
  // statements, BEGIN and COMMIT, round trips, commands of Redis, bytes for both, bytes of the answer
  prepare: [0, 0, 0, 2, 482, 1181],
  'callback, new person': [8, 2, 10, 5, 2053, 1196],
  'callback, known person': [4, 2, 6, 5, 1605, 1196],
  'callback that links': [6, 2, 8, 7, 2146, 1002],
  'session check, cookie': [1, 0, 1, 1, 171, 1109],
  'session check, Bearer': [1, 0, 1, 0, 65, 1109],
  list: [1, 0, 1, 1, 171, 1334],
  unlink: [6, 2, 8, 4, 1341, 1091],
  'unlink, refused': [2, 0, 2, 2, 469, 1012],
  refresh: [2, 0, 2, 1, 317, 1601],
  'sign out': [2, 0, 2, 2, 342, 787],
};

/** Where there is no Redis, flows and cookie sessions are in the database, too. */
const WITHOUT_REDIS: Readonly<Record<'sqlite' | 'postgres', Limits>> = {
  // statements
  sqlite: {
    prepare: [1],
    'callback, new person': [14],
    'callback, known person': [10],
    'callback that links': [14],
    'session check, cookie': [2],
    'session check, Bearer': [1],
    list: [2],
    unlink: [10],
    'unlink, refused': [3],
    refresh: [2],
    'sign out': [4],
  },
  // statements, BEGIN and COMMIT, round trips
  postgres: {
    prepare: [1, 0, 1],
    'callback, new person': [14, 6, 20],
    'callback, known person': [10, 6, 16],
    'callback that links': [14, 6, 20],
    'session check, cookie': [2, 0, 2],
    'session check, Bearer': [1, 0, 1],
    list: [2, 0, 2],
    unlink: [9, 2, 11],
    'unlink, refused': [3, 1, 4],
    refresh: [2, 0, 2],
    'sign out': [4, 0, 4],
  },
};

/** What ids and addresses of other lengths make of bytes. */
const SLACK_BYTES = 16;

function holdTo(limits: Limits, kind: DatabaseKind, redis: boolean): void {
  let database: TestDatabase;
  let costs: Costs;

  before(async () => {
    database = await createDatabase(kind);
    costs = await measureCosts({ database: database.url, ...(redis ? { redis: await redisUrl() } : {}) });
  });
  after(() => database.drop());

  for (const call of CALLS)
    it(`is no more for "${call}" than it was`, () => {
      const cost = costs.get(call);
      if (cost === undefined) throw new TypeError('Every call is measured');
      const [statements, frames, trips, commands, asked, answer] = limits[call];
      expect(cost.statements, 'statements').to.be.at.most(statements ?? 0);
      if (frames !== undefined) expect(cost.frames, 'statements that frame transactions').to.be.at.most(frames);
      if (trips !== undefined) expect(cost.trips, 'round trips to the database').to.be.at.most(trips);
      if (commands !== undefined) expect(cost.redis, 'commands of Redis').to.be.at.most(commands);
      if (asked !== undefined) expect(cost.asked, 'bytes for database and Redis').to.be.at.most(asked + SLACK_BYTES);
      if (answer !== undefined) expect(cost.answer, 'bytes of the answer').to.be.at.most(answer + SLACK_BYTES);
    });
}

describeWith(services.redis, 'What a call costs with Redis', () => {
  describeOn(['mariadb'], 'beside it', () => holdTo(WITH_REDIS, 'mariadb', true));
});

describeOn(['sqlite', 'postgres'], 'What a call costs without Redis', (kind) =>
  holdTo(WITHOUT_REDIS[kind as 'sqlite' | 'postgres'], kind, false),
);

// Source maps are read when a test fails, and not at every statement: Sequelize asks for a stack at each one of SQLite's.

import Mocha from 'mocha';

const { sourceMapsEnabled } = process;

/** Mocha runs them around the tests of each file. */
export const mochaHooks: Mocha.RootHookObject = {
  beforeAll() {
    process.setSourceMapsEnabled(false);
  },
  afterAll() {
    process.setSourceMapsEnabled(sourceMapsEnabled);
  },
};

/** An error's stack is written when it is first read, with the maps there are at that moment. */
function writeStacks(error: unknown): void {
  process.setSourceMapsEnabled(sourceMapsEnabled);
  for (let each = error; each instanceof Error; each = each.cause) void each.stack;
  process.setSourceMapsEnabled(false);
}

interface Failing {
  fail(test: Mocha.Runnable, error: unknown, force?: boolean): void;
}

const runner = Mocha.Runner.prototype as unknown as Failing;
const { fail } = runner;
runner.fail = function (test, error, force) {
  writeStacks(error);
  fail.call(this, test, error, force);
};

// Mocha's reporter of a worker in a parallel run; a file that leaves something running fails the run, as it does in a run of its own.

import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import type Mocha from 'mocha';
import { keptOpen } from './worker.js';

/** What mocha itself uses; it names no way to import it. */
const Buffered = createRequire(import.meta.url)('mocha/lib/nodejs/reporters/parallel-buffered.cjs') as new (
  runner: Mocha.Runner,
  options: Mocha.MochaOptions,
) => { done(failures: number, callback: (result: unknown) => void): void };

const GRACE_MS = 10_000;
const LOOK_EVERY_MS = 50;

/** What keeps the process alive and did not do so before. */
function beyond(before: readonly string[]): readonly string[] {
  const left = [...before];
  return process.getActiveResourcesInfo().filter((resource) => {
    const index = left.indexOf(resource);
    if (index >= 0) left.splice(index, 1);
    return index < 0 && resource !== 'Immediate';
  });
}

class WorkerReporter extends Buffered {
  readonly #file: string | undefined;
  readonly #before = process.getActiveResourcesInfo();
  readonly #keptBefore = keptOpen();

  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    this.#file = runner.suite.suites[0]?.file;
  }

  override done(failures: number, callback: (result: unknown) => void): void {
    void this.#leftOver().then((resources) => {
      if (resources.length > 0) console.error(`${this.#file} is over, but something of it still runs:`, resources);
      super.done(failures + (resources.length > 0 ? 1 : 0), callback);
    });
  }

  async #leftOver(): Promise<readonly string[]> {
    if (keptOpen() !== this.#keptBefore) return [];
    const deadline = Date.now() + GRACE_MS;
    while (beyond(this.#before).length > 0 && Date.now() < deadline) await pause(LOOK_EVERY_MS);
    return beyond(this.#before);
  }
}

// biome-ignore lint/style/noDefaultExport: mocha takes a reporter from there.
export default WorkerReporter;

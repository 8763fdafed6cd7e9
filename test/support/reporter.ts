// Mocha's Spec reporter with a closing line, and a failing exit when nothing ran or something keeps the process alive.

import { fileURLToPath } from 'node:url';
import Mocha from 'mocha';
import { putInOrder } from './file-order.js';

const LEAK_GRACE_MS = 10_000;

interface ParallelRunner {
  isParallelMode?(): boolean;
  /** Has the workers report by this file. */
  workerReporter?(path: string): void;
}

class ClosingLineReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner & ParallelRunner, options: Mocha.MochaOptions & { readonly files?: string[] } = {}) {
    super(runner, options);
    if (runner.isParallelMode?.() !== true) return;
    runner.workerReporter?.(fileURLToPath(new URL('worker-reporter.ts', import.meta.url)));
    // No option of mocha's says it, and this list is what the workers are given from.
    if (options.files !== undefined) putInOrder(options.files);
  }

  /** Mocha calls it after the global teardown; what `end` is given becomes the exit code. */
  override done(failures: number, end: (failures: number) => void): void {
    const { passes, pending } = this.stats;
    const failed = Math.max(this.stats.failures, failures); // A file that leaves something running is no test.
    const nothingRan = passes + failed === 0;
    if (nothingRan) console.error('No test ran.');
    // At exit, so that nothing a test left running prints after it.
    process.once('exit', () => process.stdout.write(`\n${passes} passed, ${failed} failed, ${pending} skipped\n`));
    setTimeout(() => {
      console.error('The tests are over, but something keeps the process alive:', process.getActiveResourcesInfo());
      process.once('exit', () => {
        process.exitCode = 1; // Registered last: mocha sets its own at exit.
      });
      process.exit();
    }, LEAK_GRACE_MS).unref();
    end(nothingRan ? Math.max(failures, 1) : failures);
  }
}

// biome-ignore lint/style/noDefaultExport: mocha takes a reporter from there.
export default ClosingLineReporter;

// Mocha's Spec reporter with a closing line, and a failing exit when nothing ran or something keeps the process alive.

import Mocha from 'mocha';

const LEAK_GRACE_MS = 10_000;

class ClosingLineReporter extends Mocha.reporters.Spec {
  /** Mocha calls it after the global teardown; what `end` is given becomes the exit code. */
  override done(failures: number, end: (failures: number) => void): void {
    const { passes, failures: failed, pending } = this.stats;
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

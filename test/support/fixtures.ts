// Runs once around all suites: compiles the product and starts the servers they asked for, all at a time, and ends them.

import { compileIfRequested } from './compiled.js';
import { removeRunFolder } from './run-folder.js';
import { services } from './services.js';

/** Mocha's own parent process hands SIGINT on but not SIGTERM; without it nobody would want this run any more. */
function endWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(143);
  }, 250).unref();
}

export async function mochaGlobalSetup(): Promise<void> {
  endWithParent();
  await Promise.all([compileIfRequested(), ...Object.values(services).map((service) => service.startIfRequested())]);
}

export async function mochaGlobalTeardown(): Promise<void> {
  await Promise.all(Object.values(services).map((service) => service.end()));
  removeRunFolder();
}

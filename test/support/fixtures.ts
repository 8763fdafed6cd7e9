// Runs once around all suites: compiles the product and starts the servers they asked for, all at a time, and ends them.

import { packIfRequested, requestPacked } from '../package/packed-plugin.js';
import { compileIfRequested, requestCompiled } from './compiled.js';
import { holdPlainFetch } from './plain-fetch.js';
import { removeRunFolder } from './run-folder.js';
import { services } from './services.js';

// In every worker, before its suites.
holdPlainFetch();

/** Mocha's own parent process hands SIGINT on but not SIGTERM; without it nobody would want this run any more. */
function endWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(143);
  }, 250).unref();
}

/** Of a parallel run only the workers load suites, and none of them is there yet: whatever one may want is made ready. */
function requestAll(): void {
  requestCompiled();
  requestPacked();
  for (const service of Object.values(services)) if (service.missing === undefined) service.request();
}

/** Called on mocha's runner. */
export async function mochaGlobalSetup(this: { isParallelMode?(): boolean }): Promise<void> {
  endWithParent();
  const parallel = this.isParallelMode?.() === true;
  if (parallel) requestAll();
  await Promise.all([compileIfRequested(), packIfRequested(), ...Object.values(services).map((service) => service.startIfRequested())]);
  if (parallel) await Promise.all(Object.values(services).map((service) => service.handDown()));
}

export async function mochaGlobalTeardown(): Promise<void> {
  await Promise.all(Object.values(services).map((service) => service.end()));
  removeRunFolder();
}

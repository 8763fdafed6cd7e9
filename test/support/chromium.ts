// Chromium for tests: one process per run, a browser without a past per test, and nothing but loopback within its reach.

import { type Browser, type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core';
import { findProgram } from './find-program.js';
import { newFolder } from './run-folder.js';
import { describeWith, type Requirement } from './services.js';
import { isWorker, keepForLaterFiles } from './worker.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'] as const;
const LOOPBACK = ['127.0.0.1', 'localhost'];
/** For one step of a page; a busy machine is slow. */
const STEP_TIMEOUT_MS = 15_000;
const TEST_TIMEOUT_MS = 60_000;
/** Browsers ask each origin for it unbidden; whether there is one is the host app's affair. */
const FAVICON = '/favicon.ico';

const ARGUMENTS = [
  '--no-sandbox', // It refuses to run as root otherwise, and sees no page but ours.
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Below the pages and their redirects, which a route of Playwright's does not see; addresses are names here as well.
  `--host-resolver-rules=MAP * ~NOTFOUND, ${LOOPBACK.map((host) => `EXCLUDE ${host}`).join(', ')}`,
];

/** `TEST_CHROMIUM` names it, or the machine has it. */
function executable(): string | undefined {
  return process.env.TEST_CHROMIUM || NAMES.map(findProgram).find((file) => file !== undefined);
}

/** Started by the first test that wants it. */
const requirement: Requirement = {
  get missing() {
    return executable() === undefined ? 'Chromium: not found, and TEST_CHROMIUM not set' : undefined;
  },
  request: () => undefined,
};

let running: Promise<Browser> | undefined;

/** Chromium ends with the pipe to this process; what it leaves in its folders goes with the run's. */
async function launchChromium(): Promise<Browser> {
  const { TMPDIR } = process.env;
  process.env.TMPDIR = newFolder('chromium'); // Playwright can be told in no other way.
  try {
    return await chromium.launch({
      executablePath: executable() ?? '',
      args: ARGUMENTS,
      // What people have: a page they leave is kept for the way back.
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
      // Mocha's own handlers let the run end in order.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
  } finally {
    if (TMPDIR === undefined) Reflect.deleteProperty(process.env, 'TMPDIR');
    else process.env.TMPDIR = TMPDIR;
  }
}

export interface TestBrowserOptions extends Pick<BrowserContextOptions, 'javaScriptEnabled' | 'locale' | 'colorScheme' | 'viewport'> {
  /** Errors on the console that the test is about; any other fails it. */
  readonly expected?: readonly RegExp[];
}

/** The browsers of the test that runs, and what went wrong in each. */
const open = new Map<BrowserContext, string[]>();

const isLoopback = (url: string) => !/^https?:/.test(url) || LOOPBACK.includes(new URL(url).hostname);

/** A browser with cookies of its own; what its pages print as errors, throw, or want from elsewhere fails the test. */
export async function newBrowser({ expected = [], ...options }: TestBrowserOptions = {}): Promise<BrowserContext> {
  if (running === undefined) keepForLaterFiles();
  running ??= launchChromium();
  // Half-way from one colour to the next, a page can be neither judged nor photographed.
  const usual = { locale: 'en-US', viewport: { width: 1000, height: 800 }, reducedMotion: 'reduce' } as const;
  const context = await (await running).newContext({ ...usual, ...options });
  const troubles: string[] = [];
  open.set(context, troubles);
  context.setDefaultTimeout(STEP_TIMEOUT_MS);
  const visited = new Set<string>();
  context.on('request', (request) => {
    if (request.isNavigationRequest()) visited.add(request.url());
    if (!isLoopback(request.url())) troubles.push(`wanted ${request.url()}`);
  });
  // A violated Content-Security-Policy is an error on the console, too.
  context.on('console', (message) => {
    const { url } = message.location();
    // It also prints the status of a page that tells of a failure, which the test sees for itself.
    const isPage = visited.has(url) && /^Failed to load resource: the server responded with a status of 4/.test(message.text());
    const isExpected = isPage || url.endsWith(FAVICON) || expected.some((pattern) => pattern.test(message.text()));
    if (message.type() === 'error' && !isExpected) troubles.push(`console: ${message.text()} (${url})`);
  });
  context.on('weberror', (thrown) => troubles.push(`thrown: ${thrown.error().stack}`));
  return context;
}

async function closeBrowsers(): Promise<void> {
  const troubles = [...open.values()].flat();
  const contexts = [...open.keys()];
  open.clear();
  await Promise.all(contexts.map((context) => context.close()));
  if (troubles.length > 0) throw new Error(`Something went wrong in a page:\n${troubles.join('\n')}`);
}

/** A suite whose tests open browsers; they are closed after each. */
export function describeInChromium(title: string, suite: () => void): void {
  describeWith(requirement, title, function (this: Mocha.Suite) {
    this.timeout(TEST_TIMEOUT_MS);
    afterEach(closeBrowsers);
    suite();
  });
}

// At the root, wherever this file is first loaded: after the last suite of all. Who has it in a worker of a parallel run
// keeps it for the worker's next file; it ends with the worker.
after(async () => {
  if (!isWorker) await (await running)?.close();
});

// The servers that all browser suites share, because starting one takes longer than a test; they end after the last suite.

import { type AppleEmulator, startAppleEmulator } from './apple-emulator.js';
import { type EmulatorServer, startEmulatorServer } from './emulator-server.js';
import { freePort } from './free-port.js';
import { Answer } from './http-answer.js';
import { startOpenIdProvider } from './openid-provider.js';
import { type Server, startProcess } from './server.js';
import { openStage, type Stage } from './stage.js';

/** As long as they come, without a place to break it. */
export const LONG_NAME = 'Bundesgesundheitsministeriumsanmeldedienst';

export interface BrowserStage extends Pick<Stage, 'providers'> {
  readonly apple: AppleEmulator;
  /** The app is on `localhost` and the providers on 127.0.0.1: sites are told apart by host, and not by port. */
  readonly base: string;
  /** The same app on the same data and cookies, which wants a sign-in of the last second before a change. */
  readonly strict: string;
  /** Origins of other people's pages, which note in `heard` what is posted to them. */
  readonly foreign: {
    readonly sameSite: string;
    readonly otherSite: string /** On this site, and in the app's `allowedOrigins`. */;
    readonly named: string;
  };
  /** Has every visitor of every provider be somebody new again. */
  forgetVisitors(): void;
}

const FOREIGN_PAGE = `<!doctype html><title>Elsewhere</title><script>
const heard = [];
addEventListener('message', ({ origin, data }) => heard.push({ origin, data }));
</script>`;

function startForeignPage(): Promise<EmulatorServer> {
  const page = () => new Answer(200, FOREIGN_PAGE, { 'content-type': 'text/html' });
  return startEmulatorServer({ routes: new Map([['GET /', page]]), requests: [] });
}

const onThisSite = ({ origin }: EmulatorServer) => origin.replace('127.0.0.1', 'localhost');

const closing: (() => Promise<unknown>)[] = [];

async function open(): Promise<BrowserStage> {
  const [apple, acme, named, foreign, port, strictPort] = await Promise.all([
    startAppleEmulator(),
    startOpenIdProvider(),
    startForeignPage(),
    startForeignPage(),
    freePort(),
    freePort(),
  ]);
  const { issuer, clientId, clientSecret } = acme;
  const config = {
    providers: { apple: apple.options, acme: { type: 'oidc', issuer, clientId, clientSecret, displayName: LONG_NAME } },
    allowedOrigins: [onThisSite(named)],
  };
  const at = (own: number) => ({ BASE_URL: `http://localhost:${own}`, PORT: String(own) });
  const stage = await openStage({ database: 'sqlite', config, env: at(port) });
  closing.push(() => Promise.all([stage, apple, acme, named, foreign].map((one) => one.close())));
  await stage.start({ ...config, reauthenticateWithin: '1s' }, at(strictPort));
  return {
    providers: stage.providers,
    apple,
    base: at(port).BASE_URL,
    strict: at(strictPort).BASE_URL,
    foreign: { sameSite: onThisSite(foreign), otherSite: foreign.origin, named: onThisSite(named) },
    forgetVisitors() {
      for (const { bend } of Object.values(stage.providers)) for (const name of Object.keys(bend)) Reflect.deleteProperty(bend, name);
    },
  };
}

let stage: Promise<BrowserStage> | undefined;
let demo: Promise<Server> | undefined;

export function browserStage(): Promise<BrowserStage> {
  stage ??= open();
  return stage;
}

/** As `npm start` starts it. Alice and Bob keep what earlier tests linked to them. */
export function demoServer(): Promise<Server> {
  demo ??= startProcess().then((server) => {
    closing.push(() => server.stop());
    return server;
  });
  return demo;
}

after(() => Promise.all(closing.map((close) => close())));

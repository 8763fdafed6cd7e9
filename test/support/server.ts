// The standalone server in the test's own process: the same variables, the same file and the same app, without a start of Node.

import { readEnvironment } from '../../lib/server/environment.js';
import { startServer as serve } from '../../lib/server/server.js';
import { quickHasher } from './quick-hasher.js';
import { type ServerOptions, settingOf } from './server-setting.js';

export { launchServer, startProcess } from './server-process.js';
export { type ServerOptions, TEST_SECRET } from './server-setting.js';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Server {
  readonly base: string;
  readonly port: number;
  readonly dataDir: string;
  /** Where `LATCHKEY_CONFIG` pointed, if there was a configuration. */
  readonly configFile: string;
  readonly pid: number;
  /** Everything printed so far; of a server in this process, its log. */
  output(): string;
  /** Settles when it has ended. */
  readonly exit: Promise<Exit>;
  /** Ends it and waits for that. A process is signalled (default SIGTERM), at most 10 s before SIGKILL. */
  stop(signal?: NodeJS.Signals): Promise<Exit>;
}

/**
 * Serves in this process; passwords are hashed quickly.
 * @throws ConfigurationError, or what the database says at start
 */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const { dataDir, configFile, env } = settingOf(options, options.port ?? 0);
  let output = '';
  const log = {
    write(line: string) {
      output += line;
    },
  };
  const { url, close } = await serve(readEnvironment(env), { log, passwordHasher: quickHasher, lingerMs: 0 });
  output += `listening on ${url}\n`;
  let ending: Promise<Exit> | undefined;
  let ended: (exit: Exit) => void;
  const exit = new Promise<Exit>((resolve) => {
    ended = resolve;
  });
  return {
    base: url,
    port: Number(new URL(url).port),
    dataDir,
    configFile,
    pid: process.pid,
    output: () => output,
    exit,
    stop(signal = 'SIGTERM') {
      if (signal === 'SIGKILL') throw new TypeError('Only a process can be killed: start one by `startProcess`');
      ending ??= close().then(() => {
        ended({ code: 0, signal: null });
        return exit;
      });
      return ending;
    },
  };
}

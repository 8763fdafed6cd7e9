// Which database the command works on: the host's own options from a file, or the environment's.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Sequelize } from 'sequelize';
import type { MailTransport } from '../../mail/transport.js';
import type { LatchkeyOptions } from '../../plugin/options.js';
import { isRecord } from '../../support/closed-object.js';
import { openDatabase } from '../database.js';
import { readEnvironment } from '../environment.js';
import { Refusal } from './command.js';

/** Looked for in the folder where the command is called. */
const NAMES = ['latchkey.config.js', 'latchkey.config.mjs', 'latchkey.config.cjs'];

const EXPECTED = 'expected to export the options of latchkey() (with `sequelize`), or a function that returns them';

/** What a compiler made CommonJS of has its default one level down. */
function exported(module: unknown): unknown {
  const first = isRecord(module) ? module.default : undefined;
  return isRecord(first) && Object.hasOwn(first, 'default') ? first.default : first;
}

async function fromFile(file: string): Promise<LatchkeyOptions> {
  const path = resolve(file);
  if (!existsSync(path)) throw new Refusal(`--config: there is no file ${file}`);
  const given = exported(await import(pathToFileURL(path).href));
  const options: unknown = typeof given === 'function' ? await given() : given;
  if (!isRecord(options) || !Object.hasOwn(options, 'sequelize')) throw new Refusal(`${file}: ${EXPECTED}`);
  // The statements of a command are nobody's to read.
  if (options.sequelize instanceof Sequelize)
    Object.assign((options.sequelize as unknown as { options: object }).options, { logging: false });
  return options as unknown as LatchkeyOptions;
}

/** People are mailed of what a command changes by the server's own outbox worker: no command sends anything itself. */
const NO_MAIL: MailTransport = {
  send: () => Promise.reject(new TypeError('A command sends no mail')),
  close: () => undefined,
};

function fromEnvironment(env: NodeJS.ProcessEnv): LatchkeyOptions {
  const config = readEnvironment(env);
  return {
    ...config.settingsWith({ baseUrl: config.settings.baseUrl }),
    sequelize: openDatabase(config.databaseUrl),
    mail: { transport: NO_MAIL, from: config.mailFrom },
    localAccounts: true,
  };
}

/**
 * The options of `--config`, else of a `latchkey.config.js` in the folder (unless DATABASE_URL or LATCHKEY_CONFIG say otherwise),
 * else those of the environment.
 * @throws Refusal, ConfigurationError, and what the file itself throws
 */
export async function hostOptions(file: string | undefined, env: NodeJS.ProcessEnv): Promise<LatchkeyOptions> {
  const said = env.DATABASE_URL || env.LATCHKEY_CONFIG;
  const found = file ?? (said ? undefined : NAMES.find((name) => existsSync(resolve(name))));
  return found === undefined ? fromEnvironment(env) : await fromFile(found);
}

// The configuration of the standalone server: environment variables and the JSON file of LATCHKEY_CONFIG, checked together.

import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { Config } from '../../config/config.js';
import type { LatchkeySettings } from '../../config/options.js';
import { checkSettings, isMistakes } from '../../config/parse-settings.js';
import { isRecord, mistakesOf } from '../support/closed-object.js';
import { type Checked, ConfigurationError, type Mistake } from '../support/configuration-error.js';
import { developmentSecret, systemErrorCode } from './development-secret.js';
import { type FileSettings, readSettingsFile } from './settings-file.js';
import { checkVariables, dataDirOf, type LogLevel, variable } from './variables.js';

/** What the server itself knows only once it runs: its address, and providers of its own. */
export type ExtraSettings = Partial<Pick<LatchkeySettings, 'baseUrl' | 'providers'>>;

export interface ServerConfig {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** The public origin; `undefined` when it is `http://HOST:PORT` and the port is not settled yet. */
  readonly baseUrl: string | undefined;
  /** `sqlite:FILE`, `mysql://`, `mariadb://`, `postgres://` or `postgresql://`; may hold a password. */
  readonly databaseUrl: string;
  readonly redisUrl: string | undefined;
  readonly secret: string;
  readonly smtpUrl: string | undefined;
  readonly mailFrom: string;
  /** The number of reverse proxies whose `X-Forwarded-*` to believe. */
  readonly trustProxy: number;
  /** Absolute; need not exist yet. */
  readonly dataDir: string;
  readonly logLevel: LogLevel;
  readonly production: boolean;
  /** Where `baseUrl` is `undefined`, its `baseUrl` is a stand-in: call `settingsWith` once the port is known. */
  readonly settings: Config;
  /** The settings to pass to the plugin, with more: the origin once the port is known, further providers besides those of the file. */
  settingsWith(extra?: ExtraSettings): LatchkeySettings;
}

/** The URL in which this server can be reached without BASE_URL. */
export function addressUrl(host: string, port: number): string {
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** To listen on; no browser can go there. */
const isEveryAddress = (host: string) => ['0.0.0.0', '::', '0:0:0:0:0:0:0:0', '0'].includes(host);

const everywhere = (host: string) =>
  `expected the public origin, such as https://app.example.com (or http://localhost:3000, to try it on this machine): with HOST=${host} the server listens on every address, and cannot know which one people use`;

/** Stands in for what is missing, so that the rest can still be checked in the same run. */
const STAND_IN = { baseUrl: 'http://127.0.0.1', secret: '-'.repeat(32) };

/** A host without a name says "this app"; the standalone server is an app of its own. */
const APP_NAME = 'BIO.RE';

/** Where the operator wrote what the settings call otherwise. */
const WRITTEN_AS: ReadonlyMap<string, string> = new Map([
  ['baseUrl', 'BASE_URL'],
  ['secret', 'LATCHKEY_SECRET'],
]);

function asWritten({ path, expected }: Mistake): Mistake {
  return { path: WRITTEN_AS.get(path) ?? path, expected };
}

function settleSecret(env: NodeJS.ProcessEnv, dataDir: string, production: boolean): Checked<string> {
  const given = variable(env, 'LATCHKEY_SECRET');
  if (given !== undefined) return { value: given, mistakes: [] };
  const refuse = (path: string, expected: string) => ({ value: STAND_IN.secret, mistakes: [{ path, expected }] });
  if (production) return refuse('LATCHKEY_SECRET', 'expected at least 32 characters: in production the server does not make a secret');
  try {
    const made = developmentSecret(dataDir);
    return made.length >= 32
      ? { value: made, mistakes: [] }
      : refuse('DATA_DIR', 'expected at least 32 characters in its file "secret", or no such file: then the server makes one');
  } catch (error) {
    return refuse('DATA_DIR', `expected a directory where the development secret can be kept (${systemErrorCode(error)})`);
  }
}

/**
 * Reads the whole configuration of the standalone server, and makes the development secret on the first start.
 * @throws ConfigurationError with every mistake of the variables and of the file at once, and no value of any
 */
export function readEnvironment(env: NodeJS.ProcessEnv): ServerConfig {
  const production = env.NODE_ENV === 'production';
  const dataDir = dataDirOf(env);
  const variables = checkVariables(env);
  const file = readSettingsFile(variable(env, 'LATCHKEY_CONFIG'));
  const secret = settleSecret(env, dataDir, production);

  const { HOST: host, PORT: port } = variables.data ?? { HOST: '127.0.0.1', PORT: 0 };
  const named = variable(env, 'BASE_URL');
  const isNowhere = named === undefined && isEveryAddress(host);
  const baseUrl = named ?? (port === 0 || isNowhere ? undefined : addressUrl(host, port));
  const standIn = variables.success && !isNowhere ? addressUrl(host, 1) : STAND_IN.baseUrl;
  const input: FileSettings = { appName: APP_NAME, ...file.value, baseUrl: baseUrl ?? standIn, secret: secret.value };
  const settings = checkSettings(input, { production });

  const mistakes = [
    ...(variables.success ? [] : mistakesOf(variables.error.issues)),
    ...(isNowhere ? [{ path: 'BASE_URL', expected: everywhere(host) }] : []),
    ...secret.mistakes,
    ...file.mistakes,
    ...(isMistakes(settings) ? settings.map(asWritten) : []),
  ];
  if (!variables.success || isMistakes(settings) || mistakes.length > 0) throw new ConfigurationError(mistakes);
  const { DATABASE_URL, REDIS_URL, SMTP_URL, MAIL_FROM, TRUST_PROXY, LOG_LEVEL } = variables.data;
  return {
    host,
    port,
    baseUrl: baseUrl === undefined ? undefined : settings.baseUrl,
    databaseUrl: DATABASE_URL ?? `sqlite:${join(dataDir, 'latchkey.sqlite')}`,
    redisUrl: REDIS_URL,
    secret: secret.value,
    smtpUrl: SMTP_URL,
    mailFrom: MAIL_FROM,
    trustProxy: TRUST_PROXY,
    dataDir,
    logLevel: LOG_LEVEL,
    production,
    settings,
    settingsWith: ({ providers, ...extra } = {}) => {
      const ofFile = isRecord(input.providers) ? input.providers : {};
      // Its shape was checked above; the plugin checks the sum once more.
      return { ...input, ...extra, providers: { ...ofFile, ...providers } } as unknown as LatchkeySettings;
    },
  };
}

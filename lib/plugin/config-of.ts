// Checks the settings among a host's options; options that only code can give are taken out first.

import type { Config } from '../../config/config.js';
import type { LatchkeySettings } from '../../config/options.js';
import { parseSettings } from '../../config/parse-settings.js';
import type { LatchkeyOptions } from './options.js';

/** Total, so that an option of code that is not named here does not compile. */
const OF_CODE: Readonly<Record<Exclude<keyof LatchkeyOptions, keyof LatchkeySettings>, true>> = {
  sequelize: true,
  redis: true,
  users: true,
  signInMethods: true,
  currentUser: true,
  hostSession: true,
  signedInAt: true,
  previousSecrets: true,
  passwordHasher: true,
  beforeSignUp: true,
  userCreated: true,
  mail: true,
  logger: true,
  paths: true,
  pages: true,
  texts: true,
  localAccounts: true,
  migrate: true,
  tablePrefix: true,
};

/** @throws ConfigurationError with every mistake at once */
export function configOf(options: LatchkeyOptions): Config {
  return parseSettings(Object.fromEntries(Object.entries(options).filter(([name]) => !Object.hasOwn(OF_CODE, name))));
}

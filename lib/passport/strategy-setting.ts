// Checks a strategy's options, with the schema that the plugin uses for the same provider.

import { z } from 'zod';
import { knownProvider } from '../providers/index.js';
import { optionsSchema } from '../providers/options-schema.js';
import type { ProviderConfig } from '../providers/provider-config.js';
import { isRecord, mistakesOf, nearest } from '../support/closed-object.js';
import { ConfigurationError, type Mistake, pathText } from '../support/configuration-error.js';
import { type Logger, silentLogger } from '../support/logger.js';
import { flag } from '../support/scalars.js';
import { callbackUrl } from '../support/web-address.js';
import { SessionStateStore } from './session-state-store.js';
import type { StateStore } from './state-store.js';
import type { OfRouter, Renamed, StrategyOptions } from './strategy-options.js';

/** Complete and checked. Our own router makes one from its configuration; an app's options become one. */
export class StrategySetting<Config extends ProviderConfig> {
  readonly config: Config;
  /** In its normal form, as the token request spells it. */
  readonly callbackURL: string;
  readonly store: StateStore;
  readonly passReqToCallback: boolean;
  readonly logger: Logger;
  /** The provider's tokens are stored. Default false. */
  readonly keepsTokens: boolean;

  constructor(setting: {
    readonly config: Config;
    readonly callbackURL: string;
    readonly store: StateStore;
    readonly passReqToCallback?: boolean | undefined;
    readonly logger?: Logger | undefined;
    readonly keepsTokens?: boolean;
  }) {
    this.config = setting.config;
    this.callbackURL = setting.callbackURL;
    this.store = setting.store;
    this.passReqToCallback = setting.passReqToCallback ?? false;
    this.logger = setting.logger ?? silentLogger;
    this.keepsTokens = setting.keepsTokens ?? false;
  }
}

type Own = Exclude<keyof StrategyOptions, 'clientID' | 'scope'>;

const OF_ROUTER: readonly string[] = Object.keys({
  ...{ enabled: true, unlinkable: true, displayName: true, icon: true, extIdpId: true },
  ...{ type: true, subjectsOf: true, nativeClientIds: true },
} satisfies Record<OfRouter, true>);

const RENAMED: ReadonlyMap<string, string> = new Map(
  Object.entries({ clientId: 'clientID', keyId: 'keyID', teamId: 'teamID' } satisfies Record<Renamed, string>),
);

/** The family's name of an option. */
const familyName = (option: string) => RENAMED.get(option) ?? option;

const hasMethods = (value: unknown, names: readonly string[]) =>
  typeof value === 'object' && value !== null && names.every((name) => typeof Reflect.get(value, name) === 'function');

const STORE = 'expected an object with the methods store(req, context, state, meta, done) and verify(req, handle, meta, done)';
const LOGGER = 'expected an object with the methods info, warn and error, such as a pino logger';

const OWN = {
  callbackURL: callbackUrl(),
  store: z.custom<StateStore>((value) => hasMethods(value, ['store', 'verify']), { error: STORE }).optional(),
  passReqToCallback: flag().optional(),
  logger: z.custom<Logger>((value) => hasMethods(value, ['info', 'warn', 'error']), { error: LOGGER }).optional(),
} as const satisfies Readonly<Record<Own, z.ZodType>>;

const checkOwn = z.object(OWN);

export interface StrategyKind {
  /** The provider whose schema it is, by its name in the registry. */
  readonly type: string;
  /** Without the request, with `done`. */
  readonly verifyTakes: readonly number[];
}

function unknownKeys(given: Readonly<Record<string, unknown>>, known: readonly string[]): readonly Mistake[] {
  return Object.keys(given)
    .filter((key) => !known.includes(key))
    .map((key) => {
      const meant = nearest(key, known);
      const hint = meant === undefined ? `expected one of ${known.join(', ')}` : `did you mean "${meant}"?`;
      return { path: pathText([key]), expected: `unknown option, ${hint}` };
    });
}

/** A `verify` without declared parameters gets the shortest form. */
function verifyMistakes(verify: unknown, takes: readonly number[], withRequest: boolean): readonly Mistake[] {
  const lengths = withRequest ? takes.map((length) => length + 1) : takes;
  if (typeof verify === 'function' && (verify.length === 0 || lengths.includes(verify.length))) return [];
  return [{ path: 'verify', expected: `expected a function with ${lengths.join(', ')} parameters, done the last` }];
}

/** @throws ConfigurationError with every mistake, under the names that the app has written */
export function settingOf({ type, verifyTakes }: StrategyKind, options: unknown, verify: unknown): StrategySetting<ProviderConfig> {
  if (!isRecord(options)) throw new ConfigurationError([{ path: 'options', expected: 'expected an object' }]);
  const schemaOf = (given: object) => optionsSchema({ id: type, type, options: given });
  const names = schemaOf({}).names.filter((name) => !OF_ROUTER.includes(name));
  const given = Object.fromEntries(names.map((name) => [name, options[familyName(name)]]).filter(([, value]) => value !== undefined));
  const provider = schemaOf(given).check(given, []);
  const own = checkOwn.safeParse(options);
  const mistakes = [
    ...unknownKeys(options, [...names.map(familyName), ...Object.keys(OWN)]),
    ...provider.mistakes.map((mistake) => ({ ...mistake, path: mistake.path.replace(/^\w+/, familyName) })),
    ...(own.success ? [] : mistakesOf(own.error.issues)),
    ...verifyMistakes(verify, verifyTakes, options.passReqToCallback === true),
  ];
  if (mistakes.length > 0 || provider.value === undefined || !own.success) throw new ConfigurationError(mistakes);
  const { store = new SessionStateStore(), ...more } = own.data;
  return new StrategySetting({ ...more, store, config: { ...provider.value, id: knownProvider(type)?.names.strategy ?? type } });
}

// The schema for the options of a provider by its id, and its complete configuration.

import { isRecord } from '../support/closed-object.js';
import { hostSchema } from './host.js';
import { defaultDisplayName, knownProvider } from './index.js';
import type { OptionsSchema } from './provider.js';
import type { OAuthConfig, ProviderConfig } from './provider-config.js';

export interface OptionsOf {
  readonly id: string;
  /** A name in the registry, or `host`. */
  readonly type: string;
  /** As given, unchecked. */
  readonly options: unknown;
  /** What to say where an id of the host's own does not name its type; default: the id is its type already. */
  readonly typeExpected?: string | undefined;
}

function completed<Read, Config>(schema: OptionsSchema<Read>, complete: (value: Read) => Config): OptionsSchema<Config> {
  return {
    names: schema.names,
    check(asked, path) {
      const { value, mistakes } = schema.check(asked, path);
      return { value: value && complete(value), mistakes };
    },
  };
}

/** The schema of a provider that is configured under this id. */
export function optionsSchema({ id, type, options, typeExpected }: OptionsOf): OptionsSchema<ProviderConfig> {
  const naming = { id, displayName: defaultDisplayName(id) };
  if (type === 'host') return completed(hostSchema(naming), (value) => ({ ...value, id, type }));
  const provider = knownProvider(type);
  if (provider === undefined) throw new TypeError(`No provider is called ${type}`);
  const schema: OptionsSchema<Omit<OAuthConfig, 'id' | 'type'>> = provider.schema({
    ...{ ...naming, type, typeExpected },
    options: isRecord(options) ? options : {},
  });
  return completed(schema, (value) => ({ ...value, id, type }));
}

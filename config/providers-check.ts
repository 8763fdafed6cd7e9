// All providers together: which ids there may be, and what must differ between two of them.

import { KNOWN_PROVIDERS } from '../lib/providers/catalogue.js';
import { defaultExtIdpId } from '../lib/providers/ext-idp-id.js';
import type { ProviderConfig } from '../lib/providers/provider-config.js';
import { isRecord, mistakesOf, nearest } from '../lib/support/closed-object.js';
import { type Mistake, pathText } from '../lib/support/configuration-error.js';
import { hostProviderSchema, providerSchema } from './provider-schema.js';

/** `/auth/me`, `/auth/logout`, `/auth/password` and `/auth/invitation` are paths of their own beside `/auth/:provider`. */
const RESERVED_IDS: readonly string[] = ['me', 'logout', 'password', 'invitation'];

/** What a check found: the value is only complete where there are no mistakes. */
export interface Checked<T> {
  readonly value: T;
  readonly mistakes: readonly Mistake[];
}

function meantText(id: string): string {
  const meant = nearest(id, KNOWN_PROVIDERS);
  return meant === undefined ? '' : `; did you mean "${meant}"?`;
}

function idMistake(id: string): string | undefined {
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(id)) {
    return `expected a provider id: a lower-case letter, then up to 63 lower-case letters, digits or hyphens${meantText(id)}`;
  }
  return RESERVED_IDS.includes(id) ? 'expected another provider id: this one is a path of the server' : undefined;
}

/** An id of ours has its own kind, to which a strategy is an unknown key. */
function bringsStrategy(id: string, options: unknown): boolean {
  return !KNOWN_PROVIDERS.includes(id) && isRecord(options) && (options.strategy !== undefined || options.profile !== undefined);
}

function checkProvider(id: string, options: unknown): Checked<ProviderConfig | undefined> {
  const expected = idMistake(id);
  if (expected !== undefined) return { value: undefined, mistakes: [{ path: pathText(['providers', id]), expected }] };
  const typeExpected = `expected "oidc", which every id besides ${KNOWN_PROVIDERS.join(', ')} needs${meantText(id)}`;
  const schema = bringsStrategy(id, options) ? hostProviderSchema(id) : providerSchema({ id, options, typeExpected });
  const parsed = schema.safeParse(options);
  return parsed.success
    ? { value: parsed.data, mistakes: [] }
    : { value: undefined, mistakes: mistakesOf(parsed.error.issues, ['providers', id]) };
}

/** GenAuth unlinks by `extIdpId` alone, so two providers with one would be mixed up. Asked of the raw options: other mistakes must not hide it. */
function sharedExtIdpIds(providers: Readonly<Record<string, unknown>>): readonly Mistake[] {
  const owners = new Map<string, string>();
  return Object.entries(providers).flatMap(([id, options]) => {
    const given = isRecord(options) ? options.extIdpId : undefined;
    const extIdpId = typeof given === 'string' ? given.toLowerCase() : defaultExtIdpId(id);
    const owner = owners.get(extIdpId);
    if (owner === undefined) owners.set(extIdpId, id);
    return owner === undefined
      ? []
      : [
          {
            path: pathText(['providers', id, 'extIdpId']),
            expected: `expected another value than that of ${pathText(['providers', owner])}`,
          },
        ];
  });
}

/** Checks the part `providers` of the settings; the order of the configuration is kept. */
export function checkProviders(providers: unknown): Checked<ReadonlyMap<string, ProviderConfig>> {
  if (providers === undefined) return { value: new Map(), mistakes: [] };
  if (!isRecord(providers)) return { value: new Map(), mistakes: [{ path: 'providers', expected: 'expected an object' }] };
  const checked = Object.entries(providers)
    .filter(([, options]) => options !== undefined)
    .map(([id, options]) => checkProvider(id, options));
  return {
    value: new Map(checked.flatMap(({ value }) => (value === undefined ? [] : [[value.id, value] as const]))),
    mistakes: [...checked.flatMap(({ mistakes }) => mistakes), ...sharedExtIdpIds(providers)],
  };
}

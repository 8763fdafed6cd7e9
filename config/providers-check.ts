// Checks all providers together: which ids are allowed, and what must differ between two of them.

import { KNOWN_PROVIDERS, knownProvider } from '../lib/providers/index.js';
import { optionsSchema } from '../lib/providers/options-schema.js';
import type { ProviderConfig } from '../lib/providers/provider-config.js';
import { defaultExtIdpId } from '../lib/providers/provider-schema.js';
import { isRecord, nearest } from '../lib/support/closed-object.js';
import { type Checked, type Mistake, pathText } from '../lib/support/configuration-error.js';

/** `/auth/me`, `/auth/logout`, `/auth/password` and `/auth/invitation` are paths of their own beside `/auth/:provider`. */
const RESERVED_IDS: readonly string[] = ['me', 'logout', 'password', 'invitation'];

/** The type of a provider under an id of the host's own. */
const FURTHER = 'oidc';

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

/** A built-in id has its own type, for which `strategy` is an unknown key, unless hosts could use that id before it was built in. */
function typeOf(id: string, options: unknown): string {
  const known = knownProvider(id);
  const given = isRecord(options) && (known === undefined || known.idWasFree) ? options : {};
  if (given.strategy !== undefined || given.profile !== undefined) return 'host';
  return known === undefined || given.type === FURTHER ? FURTHER : id;
}

function checkProvider(id: string, options: unknown): Checked<ProviderConfig | undefined> {
  const expected = idMistake(id);
  if (expected !== undefined) return { value: undefined, mistakes: [{ path: pathText(['providers', id]), expected }] };
  const type = typeOf(id, options);
  const typeExpected = `expected "${FURTHER}", which every id besides ${KNOWN_PROVIDERS.join(', ')} needs${meantText(id)}`;
  const schema = optionsSchema({ id, type, options, typeExpected: type === id ? undefined : typeExpected });
  return schema.check(options, ['providers', id]);
}

/** GenAuth unlinks by `extIdpId` alone, so two providers must not share one. Checks the raw options, so that other mistakes do not hide this one. */
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
            expected: `expected a value that differs from ${pathText(['providers', owner])}`,
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

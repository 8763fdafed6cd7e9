// Asks each OpenID provider for its issuer, before people who want to sign in find a mistake.

import type { Config } from '../../config/config.js';
import { createDiscovery } from '../oauth/discovery.js';
import { createHttpClient } from '../oauth/http-client.js';
import { providerFailed } from '../oauth/provider-failure.js';
import { isOpenId } from '../providers/index.js';
import type { OpenIdConfig } from '../providers/provider-config.js';
import { silentLogger } from '../support/logger.js';

/** By provider id: `ok`, or what is wrong with what to do about it. */
export type IssuerAnswers = Readonly<Record<string, string>>;

/** Where it was tried, and what the library says of whatever it could not do. */
const WRAPPING = /^discovery: (?:something went wrong: )?/;

/** One sentence, with the address that is configured. */
function sentenceOf({ id, issuer }: OpenIdConfig, error: unknown): string {
  const { detail = '', difference } = providerFailed('discovery', error);
  const why = detail.replace(WRAPPING, '');
  const found = difference === undefined || difference.found === detail ? '' : `, the provider says "${difference.found}"`;
  return `the issuer "${issuer}" cannot be used: ${why}${found} (correct providers.${id}, or make the provider reachable from this machine)`;
}

/** Every one that is enabled and speaks OpenID Connect, each within 5 s; the others have nothing to be asked for. */
export async function askIssuers({ providers, storeProviderTokens }: Config): Promise<IssuerAnswers> {
  const http = createHttpClient();
  const asked = [...providers.values()].filter((provider): provider is OpenIdConfig => isOpenId(provider) && provider.enabled);
  const answers = asked.map(async (config) => {
    const discover = createDiscovery({ config, http, logger: silentLogger, keepsTokens: storeProviderTokens });
    const answer = await discover().then(
      () => 'ok',
      (error: unknown) => sentenceOf(config, error),
    );
    return [config.id, answer] as const;
  });
  return Object.fromEntries(await Promise.all(answers));
}

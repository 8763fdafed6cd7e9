// What suites about hosts share: two providers, and hosts that end with the suite.

import { type OpenIdProvider, startOpenIdProvider } from './openid-provider.js';
import type { HostProviders, TestHost } from './test-host.js';

export interface HostScene extends HostProviders {
  /** Has a host closed with the suite, and gives it back. */
  closing<T extends TestHost>(host: Promise<T>): Promise<T>;
}

function started(provider: OpenIdProvider | undefined): OpenIdProvider {
  if (provider === undefined) throw new TypeError('The providers start before the first test');
  return provider;
}

/** Call it in a `describe`: outside of one its hooks would run for every file of the run. */
export function hostScene(): HostScene {
  let [oidc, google]: readonly (OpenIdProvider | undefined)[] = [];
  const hosts: TestHost[] = [];
  before(async () => {
    [oidc, google] = await Promise.all([startOpenIdProvider(), startOpenIdProvider()]);
  });
  after(async () => {
    await Promise.all(hosts.map((host) => host.close()));
    await Promise.all([oidc?.close(), google?.close()]);
  });
  return {
    get oidc() {
      return started(oidc);
    },
    get google() {
      return started(google);
    },
    async closing(opening) {
      const host = await opening;
      hosts.push(host);
      return host;
    },
  };
}

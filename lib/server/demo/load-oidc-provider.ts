// Loads the library behind the demo provider only when the demo runs: a production install does not have it.

import { isNotInstalled } from '../../support/optional-package.js';

type OidcProviderModule = typeof import('oidc-provider');

const importIt = (): Promise<OidcProviderModule> => import('oidc-provider');

/** The library greets Node 20 with a warning; our tests run the whole flow there, and the first thing seen should not be that. */
const KNOWN_REMARK = 'oidc-provider WARNING: Unsupported runtime';

async function withoutKnownRemark<T>(work: () => Promise<T>): Promise<T> {
  const { warn } = console;
  console.warn = (...data: unknown[]) => {
    if (!String(data[0]).includes(KNOWN_REMARK)) warn(...data);
  };
  try {
    return await work();
  } finally {
    console.warn = warn;
  }
}

/**
 * The library, or an error that says what to do.
 * @param load stands in for the import in a test
 */
export async function loadOidcProvider(load: () => Promise<OidcProviderModule> = importIt): Promise<OidcProviderModule> {
  try {
    return await withoutKnownRemark(load);
  } catch (error) {
    if (!isNotInstalled(error)) throw error;
    throw new Error(
      'The demo provider needs the package oidc-provider, which production installs leave out: run "npm install --save-dev oidc-provider", or configure providers of your own',
      { cause: error },
    );
  }
}

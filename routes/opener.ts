// A popup's opener is told how it ended, if it is ours or of an origin that the host has named.

import type { Config } from '../config/config.js';
import type { Page } from '../lib/pages/page.js';
import type { OpenerResult } from '../lib/pages/page-parts.js';

/** Which openers may hear. */
export const openersOf = ({ baseUrl, allowedOrigins }: Config): readonly string[] => [baseUrl, ...allowedOrigins];

export function tellOpener(config: Config, result: OpenerResult): Page {
  return { kind: 'tell-opener', result, origins: openersOf(config) };
}

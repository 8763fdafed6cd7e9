// Tells a popup's opener how the flow ended, if it is of our origin or of one that the host has named.

import type { Config } from '../config/config.js';
import type { Page } from '../lib/pages/page.js';
import type { OpenerResult } from '../lib/pages/page-parts.js';

/** Which openers may hear. */
export const openersOf = ({ baseUrl, allowedOrigins }: Config): readonly string[] => [baseUrl, ...allowedOrigins];

export function tellOpener(config: Config, result: OpenerResult): Page {
  return { kind: 'tell-opener', result, origins: openersOf(config) };
}

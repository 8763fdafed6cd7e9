// The page that tells a popup's opener how it ended, if the opener is ours or of an origin that the host has named.

import type { Config } from '../config/config.js';
import type { OpenerResult, Page } from '../lib/pages/page.js';

export function tellOpener({ baseUrl, allowedOrigins }: Config, result: OpenerResult): Page {
  return { kind: 'tell-opener', result, origins: [baseUrl, ...allowedOrigins] };
}

// Which file knows the quirks of which provider type.

import { apple } from './apple.js';
import { google } from './google.js';
import { logto } from './logto.js';
import { oidc } from './oidc.js';
import type { OpenIdConfig, OpenIdProvider } from './provider.js';

/** By the configuration's `type`; a type without a file does not compile. */
export const OPENID_PROVIDERS = { logto, oidc, google, apple } as const satisfies Record<OpenIdConfig['type'], OpenIdProvider>;

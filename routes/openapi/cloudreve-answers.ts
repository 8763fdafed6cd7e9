// The answers of Cloudreve's calls: users, tokens, settings.

import { z } from 'zod';
import { described, named } from '../../lib/openapi/schemas.js';

const time = z.iso.datetime({ offset: true });

const group = named(
  'CloudreveGroup',
  'A group of users.',
  z.object({
    id: z.string(),
    name: z.string(),
    permission: described('A boolset in base64, least significant bit first.', z.string()),
    direct_link_batch_size: z.int(),
    trash_retention: described('Seconds.', z.int()),
  }),
);

/** The address is any string that was accepted as one when it was stored. */
const userFields = {
  id: z.string(),
  email: z.string().optional(),
  nickname: z.string(),
  status: z.enum(['active', 'inactive', 'manual_banned', 'sys_banned']),
  avatar: z.enum(['file', 'gravatar']).nullable(),
  created_at: time,
  preferred_theme: z.string(),
  anonymous: z.boolean(),
  group,
  credit: z.number(),
  language: z.string(),
};

export const user = named('CloudreveUser', 'A user; every field that Cloudreve requires is there.', z.object(userFields));

export const ownUser = named(
  'OwnUser',
  'A user, and whether they have proven their address.',
  z.object({ ...userFields, emailVerified: z.boolean() }),
);

export const token = named(
  'CloudreveToken',
  'An access token, and a refresh token that works once to get the next pair.',
  z.object({ access_token: z.string(), refresh_token: z.string(), access_expires: time, refresh_expires: time }),
);

export const signedIn = z.object({ user, token });

/** Cloudreve's numbers; a provider without one is given by its id in another member. */
const number = z.literal([0, 1, 2]);

const activity = z.object({
  created_at: time,
  ip: z.string(),
  browser: z.string(),
  device: z.string(),
  os: z.string(),
  login_with: z.string(),
  open_id_provider: number,
  success: z.boolean(),
  webdav: z.literal(false),
  provider: described('The id of a provider that has no number.', z.string().optional()),
});

export const setting = named(
  'CloudreveSetting',
  'The links, and the latest sign-ins.',
  z.object({
    open_id: described('Links to providers that have a number.', z.array(z.object({ provider: number, linked_at: time }))),
    links: described('Links to the other providers, by their ids.', z.array(z.object({ provider: z.string(), linked_at: time }))),
    passwordless: z.boolean(),
    login_activity: z.array(activity),
    two_fa_enabled: z.literal(false),
    passkeys: z.array(z.never()),
    credit: z.number(),
    disable_view_sync: z.literal(false),
    version_retention_enabled: z.literal(false),
  }),
);

export const waysIn = z.object({
  webauthn_enabled: z.boolean(),
  password_enabled: z.boolean(),
  sso_enabled: z.boolean(),
  qq_enabled: z.boolean(),
});

export const loginConfig = z.object({
  sso_enabled: z.literal(true).optional(),
  sso_display_name: z.string().optional(),
  sso_icon: z.string().optional(),
  qq_enabled: z.literal(true).optional(),
  oidc_enabled: z.literal(true).optional(),
  oidc_display_name: z.string().optional(),
  oidc_icon: z.string().optional(),
  register_enabled: z.literal(true).optional(),
});

export const basicConfig = z.object({
  instance_id: z.guid(),
  title: z.string(),
  themes: described('JSON.', z.string()),
  default_theme: z.string(),
  user,
});

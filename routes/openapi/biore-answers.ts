// The answers of BIO.RE's calls.

import { z } from 'zod';
import { described, named } from '../../lib/openapi/schemas.js';
import { BIORE_PROVIDERS } from '../../lib/providers/index.js';

const time = z.iso.datetime();

export const message = z.object({ message: z.string() });

const accessFields = { accessToken: z.string(), expiresIn: described('Seconds.', z.int()) };

export const access = named(
  'BioreAccess',
  'An access token; the refresh token is in the cookie `biore_refresh` and nowhere else.',
  z.object(accessFields),
);

export const submitted = named(
  'BioreSubmission',
  'An access token, and whether its user is new.',
  z.object({ ...accessFields, isNewUser: z.boolean() }),
);

export const bioreUser = named(
  'BioreUser',
  'A user. `username` and `avatarUrl` are not stored here.',
  z.object({
    id: z.guid(),
    email: z.string().nullable(),
    username: z.null(),
    displayName: z.string().nullable(),
    avatarUrl: z.null(),
    status: z.enum(['ACTIVE', 'DEACTIVATED', 'BANNED', 'SUSPENDED']),
    emailVerified: z.boolean(),
  }),
);

const session = named(
  'BioreSession',
  'One sign-in on one client.',
  z.object({
    id: z.guid(),
    device: z.string().nullable(),
    ipMasked: z.string().nullable(),
    location: z.null(),
    isCurrent: z.boolean(),
    createdAt: time,
    lastActiveAt: time,
  }),
);

export const sessions = z.object({ sessions: z.array(session) });

export const nativeProviders = z.object({
  providers: z.array(z.object({ platform: z.enum(BIORE_PROVIDERS), clientId: z.string(), redirectUri: z.url() })),
});

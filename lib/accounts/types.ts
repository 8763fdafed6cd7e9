// The nouns of the core: user, identity, social link, sign-in method.

import type { Origin } from './acceptance.js';

/** `active` may sign in; the names are Cloudreve's. */
export type UserStatus = 'active' | 'inactive' | 'manual_banned' | 'sys_banned';

export interface Group {
  readonly id: number;
  readonly name: string;
  /** Base64 boolset, least significant bit first. */
  readonly permission: string;
  readonly directLinkBatchSize: number;
  /** Seconds. */
  readonly trashRetention: number;
}

/** The local person's row, whichever model it lives in. Ids are strings here; the repository converts. */
export interface User {
  readonly id: string;
  readonly email: string | undefined;
  /** True only once the address was proven to be this person's. */
  readonly emailVerified: boolean;
  readonly nickname: string;
  /** Undefined also if the column holds only the value that was there when this product made the user without a password. */
  readonly passwordHash: string | undefined;
  /** What the unique index on addresses holds for this row, where the users are ours: the password door finds it by that. */
  readonly emailKey?: string | undefined;
  readonly status: UserStatus;
  readonly createdAt: Date;
  readonly avatar: string;
  readonly preferredTheme: string;
  readonly language: string;
  readonly credit: number;
  readonly group: Group;
}

/** A provider's subject. It belongs to at most one user. */
export interface Identity {
  /** The provider id of the configuration. */
  readonly provider: string;
  /** The namespace in which the subject is unique, such as an issuer: the same subject in another one is somebody else. Undefined: not known. */
  readonly namespace?: string | undefined;
  /** 1 to 255 printable ASCII characters, compared byte by byte (OpenID Connect Core 2, `sub`). */
  readonly subject: string;
}

/** What the provider says about the person; none of it decides who they are. */
export interface Profile {
  readonly email?: string;
  /** The JSON value `true`, and nothing else, makes it verified. */
  readonly emailVerified: boolean;
  readonly name?: string;
  readonly picture?: string;
  readonly language?: string;
}

/** The tokens that the provider gave for later calls; kept only if the host asks for it, and then encrypted. */
export interface ProviderTokens {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  /** When the access token expires, in milliseconds since 1970; absent if the provider does not say. */
  readonly expiresAt?: number;
}

/** The outcome of a flow to a provider, after every check of its answer. */
export interface VerifiedIdentity extends Identity, Origin {
  readonly profile: Profile;
  /** When the person proved to the provider who they are, as the provider says; if it does not say, absent, and they are taken to have just done so. */
  readonly authenticatedAt?: Date;
  /** Absent when the provider gave none that is worth keeping. */
  readonly tokens?: ProviderTokens;
}

/** The row that ties a user to an identity; at most one per user and provider. */
export interface SocialLink extends Identity, Origin {
  readonly id: string;
  readonly userId: string;
  readonly email: string | undefined;
  readonly name: string | undefined;
  readonly picture: string | undefined;
  readonly linkedAt: Date;
  readonly lastUsedAt: Date | undefined;
  /** The provider's tokens, encrypted, where they are kept. */
  readonly sealedTokens: string | undefined;
}

/** A user with everything that can sign them in. */
export interface Account {
  readonly user: User;
  readonly links: readonly SocialLink[];
}

/** A way in. `id` is unique within a user: `password`, `link:<provider>`, or the host's own. */
export interface SignInMethod {
  readonly id: string;
  /** It may sign in somebody else, so it cannot replace another method. Default false. */
  readonly unsure?: boolean;
}

/** Where the request comes from; this goes into audit rows and mails. */
export interface RequestContext {
  /** A UUID. */
  readonly correlationId: string;
  readonly ip: string | undefined;
  readonly userAgent: string | undefined;
  /** The token of an invitation that came with the request; a secret until it is used up. */
  readonly invitation?: string | undefined;
}

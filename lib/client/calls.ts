// The calls that answer JSON. Made by `npm run client:types` from the OpenAPI document: change `routes/openapi/` instead.

/** A user; every field that Cloudreve requires is there. */
export interface CloudreveUser {
  readonly id: string;
  readonly email?: string;
  readonly nickname: string;
  readonly status: 'active' | 'inactive' | 'manual_banned' | 'sys_banned';
  readonly avatar: 'file' | 'gravatar' | null;
  readonly created_at: string;
  readonly preferred_theme: string;
  readonly anonymous: boolean;
  readonly group: CloudreveGroup;
  readonly credit: number;
  readonly language: string;
}

/** A group of users. */
export interface CloudreveGroup {
  readonly id: string;
  readonly name: string;
  /** A boolset in base64, least significant bit first. */
  readonly permission: string;
  readonly direct_link_batch_size: number;
  /** Seconds. */
  readonly trash_retention: number;
}

/** An access token, and a refresh token that works once to get the next pair. */
export interface CloudreveToken {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly access_expires: string;
  readonly refresh_expires: string;
}

/** The links, and the latest sign-ins. */
export interface CloudreveSetting {
  /** Links to providers that have a number. */
  readonly open_id: ReadonlyArray<{
    readonly provider: 0 | 1 | 2;
    readonly linked_at: string;
  }>;
  /** Links to the other providers, by their ids. */
  readonly links: ReadonlyArray<{
    readonly provider: string;
    readonly linked_at: string;
  }>;
  readonly passwordless: boolean;
  readonly login_activity: ReadonlyArray<{
    readonly created_at: string;
    readonly ip: string;
    readonly browser: string;
    readonly device: string;
    readonly os: string;
    readonly login_with: string;
    readonly open_id_provider: 0 | 1 | 2;
    readonly success: boolean;
    readonly webdav: false;
    /** The id of a provider that has no number. */
    readonly provider?: string;
  }>;
  readonly two_fa_enabled: false;
  readonly passkeys: ReadonlyArray<never>;
  readonly credit: number;
  readonly disable_view_sync: false;
  readonly version_retention_enabled: false;
}

/** An access token; the refresh token is in the cookie `biore_refresh` and nowhere else. */
export interface BioreAccess {
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
}

/** A user. `username` and `avatarUrl` are not stored here. */
export interface BioreUser {
  readonly id: string;
  readonly email: string | null;
  readonly username: null;
  readonly displayName: string | null;
  readonly avatarUrl: null;
  readonly status: 'ACTIVE' | 'DEACTIVATED' | 'BANNED' | 'SUSPENDED';
  readonly emailVerified: boolean;
}

/** One sign-in on one client. */
export interface BioreSession {
  readonly id: string;
  readonly device: string | null;
  readonly ipMasked: string | null;
  readonly location: null;
  readonly isCurrent: boolean;
  readonly createdAt: string;
  readonly lastActiveAt: string;
}

/** An access token, and whether its user is new. */
export interface BioreSubmission {
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
  readonly isNewUser: boolean;
}

/** A link, in GenAuth’s form. */
export interface GenAuthIdentity {
  readonly identityId: string;
  readonly extIdpId: string;
  readonly provider: string;
  readonly type: 'openid' | 'unionid';
  readonly userIdInIdp: string;
  readonly userInfoInIdp: {
    readonly name?: string;
    readonly email?: string;
    readonly picture?: string;
  };
  readonly originConnIds: ReadonlyArray<string>;
}

/** A provider that can be linked. */
export interface GenAuthExtIdp {
  /** The provider id. */
  readonly identifier: string;
  readonly extIdpId: string;
  readonly type: string;
  readonly extIdpType: 'social' | 'enterprise';
  /** Where a browser starts linking; the app adds `app_id` and `id_token`. */
  readonly bindUrl: string;
  readonly name: string;
  readonly name_en: string;
  readonly logo?: string;
}

/** A user, and whether they have proven their address. */
export interface OwnUser {
  readonly id: string;
  readonly email?: string;
  readonly nickname: string;
  readonly status: 'active' | 'inactive' | 'manual_banned' | 'sys_banned';
  readonly avatar: 'file' | 'gravatar' | null;
  readonly created_at: string;
  readonly preferred_theme: string;
  readonly anonymous: boolean;
  readonly group: CloudreveGroup;
  readonly credit: number;
  readonly language: string;
  readonly emailVerified: boolean;
}

/** By method and path: what a call takes, and what its answer brings. */
export interface Calls {
  /** Begin a sign-in, or a link. */
  readonly 'PUT /session/openid': {
    readonly body: {
      /** A number (0 Logto, 1 QQ, 2 OpenID Connect) or a provider id. */
      readonly provider: 0 | 1 | 2 | string;
      readonly linking?: boolean | null;
      readonly hint?: string | null;
      readonly binding?: string | null;
    };
    readonly data: string;
  };
  /** Finish a sign-in, or a link. */
  readonly 'POST /session/openid': {
    readonly body: {
      readonly code?: string | null;
      readonly error?: string | null;
      readonly session_id: string;
      /** A number (0 Logto, 1 QQ, 2 OpenID Connect) or a provider id. */
      readonly provider_id: 0 | 1 | 2 | string;
      readonly iss?: string | null;
      readonly user?: string | null;
      readonly binding_secret?: string | null;
    };
    readonly data: {
      readonly user: CloudreveUser;
      readonly token: CloudreveToken;
    } | undefined;
  };
  /** Unlink a provider. */
  readonly 'DELETE /session/openid/{provider_id}': {
    readonly path: {
      /** A number (0 Logto, 1 QQ, 2 OpenID Connect) or a provider id. */
      readonly provider_id: 0 | 1 | 2 | string;
    };
    readonly data: undefined;
  };
  /** Get the next pair of tokens. */
  readonly 'POST /session/token/refresh': {
    readonly body: {
      readonly refresh_token: string;
    };
    readonly data: CloudreveToken;
  };
  /** End the session of a refresh token. */
  readonly 'DELETE /session/token': {
    readonly body: {
      readonly refresh_token: string;
    };
    readonly data: string | undefined;
  };
  /** Sign in with a password. */
  readonly 'POST /session/token': {
    readonly body: {
      readonly email: string;
      readonly password: string;
    };
    readonly data: {
      readonly user: CloudreveUser;
      readonly token: CloudreveToken;
    };
  };
  /** Get the links and the latest sign-ins. */
  readonly 'GET /user/setting': {
    readonly data: CloudreveSetting;
  };
  /** Change settings, or the password. */
  readonly 'PATCH /user/setting': {
    readonly body: {
      readonly new_password?: string | null;
      readonly current_password?: string | null;
      readonly nick?: string;
      readonly language?: string;
      readonly preferred_theme?: string;
    };
    readonly data: undefined;
  };
  /** Sign up with a password. */
  readonly 'POST /user': {
    readonly body: {
      readonly email: string;
      readonly password: string;
      readonly language?: string | null;
    };
    readonly data: CloudreveUser | undefined;
  };
  /** Get the ways in of an address. */
  readonly 'GET /session/prepare': {
    readonly query: {
      readonly email: string;
    };
    readonly data: {
      readonly webauthn_enabled: boolean;
      readonly password_enabled: boolean;
      readonly sso_enabled: boolean;
      readonly qq_enabled: boolean;
    };
  };
  /** Get the user who is signed in. */
  readonly 'GET /user/me': {
    readonly data: CloudreveUser;
  };
  /** Get the ways in that are enabled. */
  readonly 'GET /site/config/login': {
    readonly data: {
      readonly sso_enabled?: true;
      readonly sso_display_name?: string;
      readonly sso_icon?: string;
      readonly qq_enabled?: true;
      readonly oidc_enabled?: true;
      readonly oidc_display_name?: string;
      readonly oidc_icon?: string;
      readonly register_enabled?: true;
    };
  };
  /** Get the settings of the site. */
  readonly 'GET /site/config/basic': {
    readonly data: {
      readonly instance_id: string;
      readonly title: string;
      /** JSON. */
      readonly themes: string;
      readonly default_theme: string;
      readonly user: CloudreveUser;
    };
  };
  /** Prove the address of a sign-up. */
  readonly 'GET /user/activate/{id}': {
    readonly path: {
      /** The user’s public id. */
      readonly id: string;
    };
    readonly query: {
      /** The token of the link in the mail. */
      readonly sign: string;
    };
    readonly data: CloudreveUser;
  };
  /** Ask for a link to set a new password. */
  readonly 'POST /user/reset': {
    readonly body: {
      readonly email: string;
    };
    readonly data: undefined;
  };
  /** Set a new password with a mailed link. */
  readonly 'PATCH /user/reset/{id}': {
    readonly path: {
      /** The user’s public id. */
      readonly id: string;
    };
    readonly body: {
      readonly password: string;
      readonly secret: string;
    };
    readonly data: CloudreveUser;
  };
  /** Unlink a provider. */
  readonly 'DELETE /api/v1/auth/oauth/unlink/{provider}': {
    readonly path: {
      readonly provider: 'google' | 'apple' | 'x';
    };
    readonly data: {
      readonly message: string;
    };
  };
  /** Sign in with a password. */
  readonly 'POST /api/v1/auth/login': {
    readonly body: {
      readonly email: string;
      readonly password: string;
      readonly captchaToken?: string | null;
      readonly turnstileToken?: string | null;
    };
    readonly data: BioreAccess;
  };
  /** Get the next access token. */
  readonly 'POST /api/v1/auth/refresh': {
    readonly body?: {
      readonly refreshToken?: string | null;
    };
    readonly data: BioreAccess;
  };
  /** Sign out. */
  readonly 'POST /api/v1/auth/logout': {
    readonly body?: {
      readonly refreshToken?: string | null;
    };
    readonly data: {
      readonly message: string;
    };
  };
  /** Get the user who is signed in. */
  readonly 'GET /api/v1/auth/me': {
    readonly data: BioreUser;
  };
  /** Change the password. */
  readonly 'POST /api/v1/auth/change-password': {
    readonly body: {
      readonly currentPassword: string;
      readonly newPassword: string;
    };
    readonly data: undefined;
  };
  /** List the sessions of the user. */
  readonly 'GET /api/v1/auth/sessions': {
    readonly data: {
      readonly sessions: ReadonlyArray<BioreSession>;
    };
  };
  /** End another session. */
  readonly 'DELETE /api/v1/auth/sessions/{id}': {
    readonly path: {
      readonly id: string;
    };
    readonly data: undefined;
  };
  /** End every session except the current one. */
  readonly 'POST /api/v1/auth/sessions/revoke-all': {
    readonly data: undefined;
  };
  /** Sign up with a password. */
  readonly 'POST /api/v1/auth/register': {
    readonly body: {
      readonly email: string;
      readonly password: string;
      readonly acceptedTerms: true;
      readonly acceptedPrivacy: true;
      readonly username?: string | null;
      readonly displayName?: string | null;
      readonly intent?: 'creator' | 'fan' | null;
      readonly captchaToken?: string | null;
      readonly referralCode?: string | null;
      readonly locale?: string | null;
    };
    readonly data: {
      readonly userId: string;
    };
  };
  /** Prove an address with a mailed link. */
  readonly 'POST /api/v1/auth/verify-email': {
    readonly body: {
      readonly token: string;
    };
    readonly data: undefined;
  };
  /** Mail the link that proves an address again. */
  readonly 'POST /api/v1/auth/resend-verification': {
    readonly body: {
      readonly email: string;
    };
    readonly data: {
      readonly message: string;
    };
  };
  /** Ask for a link to set a new password. */
  readonly 'POST /api/v1/auth/forgot-password': {
    readonly body: {
      readonly email: string;
    };
    readonly data: {
      readonly message: string;
    };
  };
  /** Set a new password with a mailed link. */
  readonly 'POST /api/v1/auth/reset-password': {
    readonly body: {
      readonly token: string;
      readonly newPassword: string;
    };
    readonly data: undefined;
  };
  /** Ask for a change of address. */
  readonly 'POST /api/v1/users/change-email': {
    readonly body: {
      readonly newEmail: string;
      readonly password: string;
    };
    readonly data: {
      readonly message: string;
    };
  };
  /** List the providers that a native app can use. */
  readonly 'GET /api/v1/auth/oauth/providers': {
    readonly data: {
      readonly providers: ReadonlyArray<{
        readonly platform: 'google' | 'apple' | 'x';
        readonly clientId: string;
        readonly redirectUri: string;
      }>;
    };
  };
  /** Sign in with a token or code from a native app. */
  readonly 'POST /api/v1/auth/oauth/login': {
    readonly body: {
      readonly provider: 'google' | 'apple' | 'x';
      readonly idToken?: string | null;
      readonly code?: string | null;
      readonly codeVerifier?: string | null;
      readonly nonce?: string | null;
      readonly referralCode?: string | null;
    };
    readonly data: BioreSubmission;
  };
  /** Link with a token or code from a native app. */
  readonly 'POST /api/v1/auth/oauth/link': {
    readonly body: {
      readonly provider: 'google' | 'apple' | 'x';
      readonly idToken?: string | null;
      readonly code?: string | null;
      readonly codeVerifier?: string | null;
      readonly nonce?: string | null;
      readonly referralCode?: string | null;
    };
    readonly data: {
      readonly message: string;
    };
  };
  /** Unlink a provider. */
  readonly 'POST /api/v3/unlink-extidp': {
    readonly body: {
      readonly extIdpId: string;
    };
    readonly data: undefined;
  };
  /** List the links. */
  readonly 'GET /api/v3/get-identities': {
    readonly data: ReadonlyArray<GenAuthIdentity>;
  };
  /** List the providers that can be linked. */
  readonly 'GET /api/v3/get-application-enabled-extidps': {
    readonly data: ReadonlyArray<GenAuthExtIdp>;
  };
  /** Get a one-time link for a browser. */
  readonly 'GET /api/v3/generate-link-extidp-url': {
    readonly query: {
      readonly ext_idp_conn_identifier: string;
      readonly app_id: string;
      readonly id_token: string;
    };
    readonly data: {
      readonly url: string;
    };
  };
  /** Get the user who is signed in. */
  readonly 'GET /auth/me': {
    readonly data: {
      readonly user: OwnUser;
    };
  };
  /** Sign out. */
  readonly 'POST /auth/logout': {
    readonly data: undefined;
  };
}

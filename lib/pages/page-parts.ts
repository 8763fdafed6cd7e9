// The parts that pages are made of: ways to sign in, forms to change them, and a person's sessions.

export interface ProviderButton {
  readonly name: string;
  /** URL of a picture; if empty, the first letter of the name is shown. */
  readonly icon: string;
  /** To be opened by GET; leads to the provider. */
  readonly url: string;
  /** Whether this browser last signed in with it. Default false. */
  readonly lastUsed?: boolean;
}

/** A password form; posts `email`, `password` and `returnTo`. */
export interface PasswordForm {
  readonly action: string;
  /** Prefilled; on the confirmation page it cannot be changed. */
  readonly email: string;
  /** The page to ask for a link that sets a new password; absent if no links are mailed. */
  readonly forgotUrl?: string | undefined;
  /** Whether this browser last signed in with it. Default false. */
  readonly lastUsed?: boolean;
}

/** One provider on the connections page. */
export interface Connection {
  readonly name: string;
  readonly icon: string;
  /** Absent if not linked. */
  readonly link:
    | {
        readonly linkedAt: Date;
        /** The last sign-in with this link. */
        readonly lastUsedAt: Date | undefined;
        /** The address, else the name, at the provider. */
        readonly identity: string | undefined;
      }
    | undefined;
  /**
   * `link` and `unlink` post an empty form to `url`; `locked` is an unlink that would leave no way in, `kept` an unlink that the host forbids;
   * a link whose provider is no longer in service can still be unlinked.
   */
  readonly action: 'link' | 'unlink' | 'locked' | 'kept';
  readonly url: string;
  readonly inService: boolean;
  /** Whether the page is asking for confirmation before unlinking. */
  readonly asking: boolean;
}

export interface PasswordSection {
  /** Takes `new_password` and, if there is a password, `current_password`. */
  readonly setUrl: string;
  /** Takes `current_password`. */
  readonly removeUrl: string;
  readonly isSet: boolean;
  /** The least number of characters of a new password. */
  readonly minLength: number;
  /** Removing it would leave no way in. */
  readonly locked: boolean;
  /** Whether the page is asking for confirmation before removing it. */
  readonly asking: boolean;
  /** The address that a password is used with; without one no password can be set. */
  readonly email: string | undefined;
}

export interface AddressSection {
  /** Takes `new_email` and, if there is a password, `current_password`. */
  readonly changeUrl: string;
  readonly email: string | undefined;
  readonly isProven: boolean;
  readonly asksPassword: boolean;
}

/** One place where the person is signed in. */
export interface OwnSession {
  /** Such as `Chrome on macOS`; undefined if unknown. */
  readonly device: string | undefined;
  /** Masked: `192.168.1.***`. */
  readonly address: string | undefined;
  readonly openedAt: Date;
  readonly lastActiveAt: Date;
  /** Whether it is the session that shows this page. */
  readonly isCurrent: boolean;
  /** Takes an empty form. */
  readonly endUrl: string;
}

/** What a popup posts to its opener, in GenAuth's terms. */
export interface OpenerResult {
  readonly success: boolean;
  readonly errMsg: string;
  readonly identities: readonly Readonly<Record<string, unknown>>[];
}

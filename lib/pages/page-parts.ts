// What pages are made of: ways to sign in, what can be changed, and where somebody is signed in.

export interface ProviderButton {
  readonly name: string;
  /** URL of a picture, or empty: then the first letter of the name stands there. */
  readonly icon: string;
  /** Opened by GET: leads to the provider. */
  readonly url: string;
  /** This browser last signed in by it. Default false. */
  readonly lastUsed?: boolean;
}

/** A password form; posts `email`, `password` and `returnTo`. */
export interface PasswordForm {
  readonly action: string;
  /** Filled in, and in the confirmation page not to be changed. */
  readonly email: string;
  /** Where a link to set a new password is asked for; absent where none is mailed. */
  readonly forgotUrl?: string | undefined;
  /** This browser last signed in by it. Default false. */
  readonly lastUsed?: boolean;
}

/** One provider on the connections page. */
export interface Connection {
  readonly name: string;
  readonly icon: string;
  /** Absent: not linked. */
  readonly link:
    | {
        readonly linkedAt: Date;
        /** The last sign-in by this link. */
        readonly lastUsedAt: Date | undefined;
        /** The address, else the name, at the provider. */
        readonly identity: string | undefined;
      }
    | undefined;
  /**
   * `link` and `unlink` post an empty form to `url`; `locked` is an unlink that would leave no way in, `kept` one that the host forbids;
   * a link whose provider is no longer in service can still be unlinked.
   */
  readonly action: 'link' | 'unlink' | 'locked' | 'kept';
  readonly url: string;
  readonly inService: boolean;
  /** The question before unlinking stands open. */
  readonly asking: boolean;
}

export interface PasswordSection {
  /** Takes `new_password` and, where there is a password, `current_password`. */
  readonly setUrl: string;
  /** Takes `current_password`. */
  readonly removeUrl: string;
  readonly isSet: boolean;
  /** Characters that a new one has at least. */
  readonly minLength: number;
  /** Removing it would leave no way in. */
  readonly locked: boolean;
  /** The question before removing it stands open. */
  readonly asking: boolean;
  /** The address that a password is used with; without one no password can be set. */
  readonly email: string | undefined;
}

export interface AddressSection {
  /** Takes `new_email` and, where there is a password, `current_password`. */
  readonly changeUrl: string;
  readonly email: string | undefined;
  readonly isProven: boolean;
  readonly asksPassword: boolean;
}

/** One place where the person is signed in. */
export interface OwnSession {
  /** `Chrome on macOS`; undefined where nobody knows. */
  readonly device: string | undefined;
  /** Masked: `192.168.1.***`. */
  readonly address: string | undefined;
  readonly openedAt: Date;
  readonly lastActiveAt: Date;
  /** The one that shows the page. */
  readonly isCurrent: boolean;
  /** Takes an empty form. */
  readonly endUrl: string;
}

/** What a popup tells its opener; the words are GenAuth's. */
export interface OpenerResult {
  readonly success: boolean;
  readonly errMsg: string;
  readonly identities: readonly Readonly<Record<string, unknown>>[];
}

// What our pages show: plain data, so that a host can replace how it is shown.

import type { FailureCode } from '../accounts/errors.js';

/** Told once, after an action; `provider` is the display name. */
export type Notice =
  | { readonly kind: 'linked' | 'unlinked'; readonly provider: string }
  | {
      readonly kind:
        | 'password_set'
        | 'password_removed'
        | 'password_reset'
        | 'address_asked'
        | 'address_confirmed'
        | 'signed_out'
        | 'session_ended'
        | 'other_sessions_ended'
        | 'other_account';
    };

/** What stands around every page. */
export interface PageFrame {
  readonly appName: string;
  /** A BCP 47 tag: one of our languages or the host's. */
  readonly language: string;
  /** Paths on this origin. */
  readonly paths: {
    /** The folder of `page.css` and our scripts, without a trailing slash. */
    readonly assets: string;
    /** The sign-in page. */
    readonly signIn: string;
    readonly connections: string;
    /** Takes a POST. */
    readonly signOut: string;
  };
  /** A further style sheet of the host's, loaded after ours. */
  readonly stylesheet: string | undefined;
  /** Who is signed in by this browser, if anyone. */
  readonly user: { readonly nickname: string; readonly email: string | undefined } | undefined;
  readonly notice: Notice | undefined;
  /** What was tried and refused; `message` is English, and there for codes whose text varies. */
  readonly failure:
    | {
        readonly code: FailureCode;
        readonly message: string;
        /** The provider's display name, and what it calls its error: letters and underscores. */
        readonly said?: { readonly provider: string; readonly error: string };
      }
    | undefined;
}

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

export type Page =
  | {
      readonly kind: 'sign-in';
      readonly providers: readonly ProviderButton[];
      /** Absent where passwords do not sign in here. */
      readonly password: PasswordForm | undefined;
      readonly returnTo: string;
    }
  /** Signed in, but not recently enough for what is wanted: the ways to prove it again. */
  | {
      readonly kind: 'reauthenticate';
      readonly providers: readonly ProviderButton[];
      readonly password: PasswordForm | undefined;
      readonly returnTo: string;
    }
  /** An account here has the address of the identity that somebody has just proven: the ways to prove that it is theirs. */
  | {
      readonly kind: 'join';
      /** The display name of the identity's provider. */
      readonly provider: string;
      readonly providers: readonly ProviderButton[];
      /** Never filled in: whoever asks is not told the address. */
      readonly password: PasswordForm | undefined;
      readonly returnTo: string;
    }
  /** The identity is another account's: whether its link is to be moved to whoever is signed in; posts an empty form to `url`. */
  | {
      readonly kind: 'move';
      /** The display name. */
      readonly provider: string;
      /** Of who is signed in. */
      readonly nickname: string;
      readonly url: string;
      /** The other account has no other way in. */
      readonly locked: boolean;
    }
  /** Another site wants a provider linked to an account; posts `ticket` and `answer`, `yes` or `no`, to `url`. */
  | {
      readonly kind: 'confirm-link';
      /** The display name. */
      readonly provider: string;
      readonly account: { readonly nickname: string; readonly email: string | undefined; readonly emailVerified: boolean };
      readonly url: string;
      readonly ticket: string;
    }
  | {
      readonly kind: 'connections';
      readonly connections: readonly Connection[];
      /** Absent where the app has no passwords of ours. */
      readonly password: PasswordSection | undefined;
      /** The page of sessions; absent where there is none. */
      readonly sessionsUrl?: string | undefined;
      /** Absent where no links are mailed. */
      readonly address?: AddressSection | undefined;
    }
  /** Has a link mailed, to set a new password or to prove an address; posts `email`. `sent`: it is, if there is anybody to mail it to. */
  | { readonly kind: 'ask-for-link'; readonly what: 'reset' | 'verify'; readonly action: string; readonly sent: boolean }
  /** Behind a link; posts `token` and `new_password`. */
  | {
      readonly kind: 'reset-password';
      readonly action: string;
      readonly token: string;
      /** Where the link was mailed to. */
      readonly address: string;
      /** Characters that a new password has at least. */
      readonly minLength: number;
    }
  /** Behind a link; posts `token` and, where several have signed up with the address, `new_password`. */
  | {
      readonly kind: 'confirm-address';
      readonly action: string;
      readonly token: string;
      readonly address: string;
      readonly asksPassword: boolean;
      readonly minLength: number;
    }
  /** Where somebody is signed in; `endOthersUrl` takes an empty form. */
  | { readonly kind: 'sessions'; readonly sessions: readonly OwnSession[]; readonly endOthersUrl: string }
  /** Nothing to do but read `frame.failure` and go on. */
  | { readonly kind: 'failure'; readonly retryUrl: string | undefined }
  /** Goes on by itself to `url`, from this page and so from this site; a link to it is for browsers that do not. */
  | { readonly kind: 'continue'; readonly url: string }
  /**
   * The callback of a flow that was prepared by JSON; this browser prepared it, and the page's script sends the finish call. It posts
   * the answer to whichever of `origins` the opener has.
   */
  | {
      readonly kind: 'finish';
      readonly linking: boolean;
      readonly url: string;
      readonly body: Readonly<Record<string, unknown>>;
      readonly origins: readonly string[];
    }
  /** The same, but another client prepared it: the person hands back what the redirect carried. */
  | { readonly kind: 'hand-back'; readonly body: Readonly<Record<string, unknown>> }
  /** The end of a link in a popup: its script posts `result` to whichever of `origins` the opener has. */
  | { readonly kind: 'tell-opener'; readonly result: OpenerResult; readonly origins: readonly string[] };

/** What a popup tells its opener; the words are GenAuth's. */
export interface OpenerResult {
  readonly success: boolean;
  readonly errMsg: string;
  readonly identities: readonly Readonly<Record<string, unknown>>[];
}

/** How a page becomes HTML; a host may bring its own for some or all kinds. Everything in it is untrusted text. */
export type RenderPage = (page: Page, frame: PageFrame) => string;

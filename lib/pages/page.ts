// What our pages show, as plain data, so that a host can replace how it is shown.

import type { FailureCode } from '../accounts/errors.js';

/** A message that is shown once, after an action; `provider` is the display name. */
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

/** What every page has around its content. */
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
  /** The host's own style sheet, loaded after ours. */
  readonly stylesheet: string | undefined;
  /** The person who is signed in in this browser, if anyone. */
  readonly user: { readonly nickname: string; readonly email: string | undefined } | undefined;
  readonly notice: Notice | undefined;
  /** The failure of what was just tried; `message` is English, and is given for codes whose text varies. */
  readonly failure:
    | {
        readonly code: FailureCode;
        readonly message: string;
        /** The provider's display name and its own error code: letters and underscores. */
        readonly said?: { readonly provider: string; readonly error: string };
      }
    | undefined;
}

export interface ProviderButton {
  readonly name: string;
  /** URL of a picture; if empty, the first letter of the name is shown. */
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
  /** The page to ask for a link that sets a new password; absent if no links are mailed. */
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
  /** Whether the page is asking for confirmation before unlinking. */
  readonly asking: boolean;
}

export interface PasswordSection {
  /** Takes `new_password` and, where there is a password, `current_password`. */
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
  /** Takes `new_email` and, where there is a password, `current_password`. */
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

export type Page =
  | {
      readonly kind: 'sign-in';
      readonly providers: readonly ProviderButton[];
      /** Absent if people cannot sign in with a password here. */
      readonly password: PasswordForm | undefined;
      readonly returnTo: string;
    }
  /** The person is signed in, but not recently enough for the action: the ways to prove again who they are. */
  | {
      readonly kind: 'reauthenticate';
      readonly providers: readonly ProviderButton[];
      readonly password: PasswordForm | undefined;
      readonly returnTo: string;
    }
  /** An account here has the address of the identity that the person has just proven: the ways to prove that the account is theirs. */
  | {
      readonly kind: 'join';
      /** The display name of the identity's provider. */
      readonly provider: string;
      readonly providers: readonly ProviderButton[];
      /** Its address is never filled in, so as not to reveal it. */
      readonly password: PasswordForm | undefined;
      readonly returnTo: string;
    }
  /** The identity is linked to another account: asks whether to move the link to the person who is signed in; posts an empty form to `url`. */
  | {
      readonly kind: 'move';
      /** The display name. */
      readonly provider: string;
      /** The nickname of the person who is signed in. */
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
      /** Absent if the app has no passwords here. */
      readonly password: PasswordSection | undefined;
      /** The page of sessions; absent if there is none. */
      readonly sessionsUrl?: string | undefined;
      /** Absent if no links are mailed. */
      readonly address?: AddressSection | undefined;
    }
  /** Asks for a mailed link, to set a new password or to prove an address; posts `email`. `sent`: the link was sent, if there was anybody to send it to. */
  | { readonly kind: 'ask-for-link'; readonly what: 'reset' | 'verify'; readonly action: string; readonly sent: boolean }
  /** The page behind a link that sets a password; posts `token` and `new_password`. */
  | {
      readonly kind: 'reset-password';
      readonly action: string;
      readonly token: string;
      /** Where the link was mailed to. */
      readonly address: string;
      /** The least number of characters of a new password. */
      readonly minLength: number;
    }
  /** The page behind a link that proves an address; posts `token` and, if several people have signed up with the address, `new_password`. */
  | {
      readonly kind: 'confirm-address';
      readonly action: string;
      readonly token: string;
      readonly address: string;
      readonly asksPassword: boolean;
      readonly minLength: number;
    }
  /** The places where the person is signed in; `endOthersUrl` takes an empty form. */
  | { readonly kind: 'sessions'; readonly sessions: readonly OwnSession[]; readonly endOthersUrl: string }
  /** Shows only `frame.failure`, and a way to go on. */
  | { readonly kind: 'failure'; readonly retryUrl: string | undefined }
  /** Goes on to `url` by itself, so that the request comes from this site; a link is for browsers that do not go on. */
  | { readonly kind: 'continue'; readonly url: string }
  /**
   * The callback of a flow that this browser prepared by JSON: the page's script sends the finish call, and posts the answer to the
   * opener if the opener has one of `origins`.
   */
  | {
      readonly kind: 'finish';
      readonly linking: boolean;
      readonly url: string;
      readonly body: Readonly<Record<string, unknown>>;
      readonly origins: readonly string[];
    }
  /** The same, but another client prepared the flow: the page shows the values of the redirect, and the person passes them to that client. */
  | { readonly kind: 'hand-back'; readonly body: Readonly<Record<string, unknown>> }
  /** The end of a link in a popup: its script posts `result` to the opener if the opener has one of `origins`. */
  | { readonly kind: 'tell-opener'; readonly result: OpenerResult; readonly origins: readonly string[] };

/** What a popup posts to its opener, in GenAuth's terms. */
export interface OpenerResult {
  readonly success: boolean;
  readonly errMsg: string;
  readonly identities: readonly Readonly<Record<string, unknown>>[];
}

/** Turns a page into HTML; a host may do so itself for some or all kinds of pages. Everything in the page is untrusted text. */
export type RenderPage = (page: Page, frame: PageFrame) => string;

// What our pages show: plain data, so that a host can replace how it is shown.

import type { PageFrame } from './page-frame.js';
import type { AddressSection, Connection, OpenerResult, OwnSession, PasswordForm, PasswordSection, ProviderButton } from './page-parts.js';

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

/** How a page becomes HTML; a host may bring its own for some or all kinds. Everything in it is untrusted text. */
export type RenderPage = (page: Page, frame: PageFrame) => string;

// What our pages show, as plain data, so that a host can replace how it is shown.

import type { PageFrame } from './page-frame.js';
import type { AddressSection, Connection, OpenerResult, OwnSession, PasswordForm, PasswordSection, ProviderButton } from './page-parts.js';

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

/** Turns a page into HTML; a host may do so itself for some or all kinds of pages. Everything in the page is untrusted text. */
export type RenderPage = (page: Page, frame: PageFrame) => string;

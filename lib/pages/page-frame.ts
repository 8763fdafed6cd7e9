// What stands around every page.

import type { FailureCode } from '../accounts/errors.js';
import type { FlashMessage } from '../http/flash-cookie.js';

/** Told once, after an action; `provider` is the display name. */
export type Notice = FlashMessage;

/** Plain data, so that a host can replace how it is shown. */
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

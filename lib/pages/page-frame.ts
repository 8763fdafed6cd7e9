// What every page has around its content, as plain data.

import type { FailureCode } from '../accounts/errors.js';
import type { FlashMessage } from '../http/flash-cookie.js';

/** A message that is shown once, after an action; `provider` is the display name. */
export type Notice = FlashMessage;

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

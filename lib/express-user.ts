// The type of `req.user`. With Passport's types installed, theirs applies; a host that has typed it otherwise imports `express-latchkey/host-user`.

import type { RequestUser } from './middleware/for-host.js';

// biome-ignore lint/suspicious/noTsIgnore: no error is expected where Passport's types are installed
/** @ts-ignore Without Passport's types installed, this is `any`. */
type Passport = typeof import('passport');

/** With Passport's types nothing is added: otherwise the host's own strategies would have to sign in our users. */
type OurUser = string extends keyof Passport ? RequestUser : object;

declare global {
  namespace Express {
    interface User extends OurUser {}
    interface Request {
      user?: User | undefined;
    }
  }
}

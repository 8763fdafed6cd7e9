// The type of `req.user`. Who has Passport's types types it as theirs do; who has typed it otherwise imports `express-latchkey/host-user`.

import type { RequestUser } from './middleware/for-host.js';

// biome-ignore lint/suspicious/noTsIgnore: no error is expected where Passport's types are installed
/** @ts-ignore Where nobody has installed Passport's types, this is `any`. */
type Passport = typeof import('passport');

/** Strategies of the host's would have to sign in users of ours. */
type OurUser = string extends keyof Passport ? RequestUser : object;

declare global {
  namespace Express {
    interface User extends OurUser {}
    interface Request {
      user?: User | undefined;
    }
  }
}

// The public exports, with a type for the user that our guard puts into `req.user`.

import './express-user.js';

export * from './host-user.js';

// What is public, with a type for what our guard leaves in `req.user`.

import './express-user.js';

export * from './host-user.js';

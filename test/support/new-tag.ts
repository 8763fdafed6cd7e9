// Names that nobody has yet.

import { randomBytes } from 'node:crypto';

export const newTag = () => `t${randomBytes(5).toString('hex')}`;

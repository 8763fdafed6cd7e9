// Random sequences of calls in an app whose users are ours.

import { describeSequences } from '../support/sequence-suite.js';

describeSequences('our own users');

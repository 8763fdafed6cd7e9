// Random sequences of calls in an app with members of its own.

import { describeSequences } from '../support/sequence-suite.js';

describeSequences('members');

// Random sequences of calls in an app whose members may share an address.

import { describeSequences } from '../support/sequence-suite.js';

describeSequences('members without a unique address');

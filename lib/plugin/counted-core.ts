// The rules with a counter beside them: what has signed somebody in, after it was committed.

import type { Metrics } from '../metrics/metrics.js';
import type { Core } from './core.js';

/** Providers are those of the configuration, so there are as many labels as are configured. */
export function countedCore(core: Core, metrics: Metrics): Core {
  const { authorizations, passwords, submissions } = core;
  return {
    ...core,
    authorizations: {
      ...authorizations,
      async finish(request, context) {
        const finished = await authorizations.finish(request, context);
        if (finished.kind === 'signed-in') metrics.signedIn(request.provider);
        return finished;
      },
    },
    passwords: {
      ...passwords,
      async signIn(...args) {
        const signedIn = await passwords.signIn(...args);
        metrics.signedIn('password');
        return signedIn;
      },
    },
    submissions: {
      ...submissions,
      async signIn(provider, proof, context) {
        const signedIn = await submissions.signIn(provider, proof, context);
        metrics.signedIn(provider);
        return signedIn;
      },
    },
  };
}

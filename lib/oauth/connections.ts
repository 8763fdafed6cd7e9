// Connections to a provider's hosts, kept for the next call where that is wanted.

import { type AgentOptions, globalAgent, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

/** Common servers close an idle one after 5 s; whoever closes first seldom writes where the other has just closed. */
const IDLE_MS = 3_000;

/** To one host: who comes later waits for one of them, as long as their deadline lets them. */
const MAX_CONNECTIONS = 128;

/** By what is spoken. An idle connection keeps no process alive, and ends earlier where the provider says so (`Keep-Alive: timeout=`). */
export interface Connections {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

/** The proxies of NODE_USE_ENV_PROXY, where Node knows it. */
function proxiesOfNode(): unknown {
  const { options } = globalAgent as { readonly options?: { readonly proxyEnv?: unknown } };
  return options?.proxyEnv;
}

export function createConnections({ keepAlive }: { readonly keepAlive: boolean }): Connections {
  const options: AgentOptions & { proxyEnv?: unknown } = {
    keepAlive,
    maxSockets: MAX_CONNECTIONS,
    timeout: IDLE_MS,
    proxyEnv: proxiesOfNode(),
  };
  return { http: new HttpAgent(options), https: new HttpsAgent(options) };
}

// The client, public: for browsers and Node, with nothing else of the package in it.

export { CallError } from './client/answer.js';
export type * from './client/calls.js';
export {
  type Client,
  type ClientOptions,
  createClient,
  type DataOf,
  type Fetch,
  type InputOf,
  type PathFamily,
  type Route,
} from './client/client.js';
export { memoryTokens, type TokenStore } from './client/tokens.js';

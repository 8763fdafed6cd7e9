// The public client, for browsers and Node; it contains nothing else of the package.

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

// The public exports for a host's own tests: a provider with any people they need, and agents that are signed in.

export type { DemoPerson } from './demo/people.js';
export type { AgentInit } from './testing/cookie-jar.js';
export type { TestAgent } from './testing/test-agent.js';
export { type PersonOptions, startTestProvider, type TestProvider, type TestProviderOptions } from './testing/test-provider.js';

// What a host's own tests take: a provider with whatever people they want, and somebody signed in.

export type { DemoPerson } from './demo/people.js';
export type { AgentInit } from './testing/cookie-jar.js';
export type { TestAgent } from './testing/test-agent.js';
export { type PersonOptions, startTestProvider, type TestProvider, type TestProviderOptions } from './testing/test-provider.js';

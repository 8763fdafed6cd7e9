// Signs people in through a running server, many at a time, and tells rate and latency.
//
//   npm run --prefix bench sign-ins -- --database sqlite:/tmp/bench.sqlite [--redis URL] [--count 500] [--at-once 32] [--known]

import { parseArgs } from 'node:util';
import { ApiClient } from '../test/support/client.js';
import { startOpenIdProvider } from '../test/support/openid-provider.js';
import { person } from '../test/support/person.js';
import { startServer } from '../test/support/server.js';

const { values } = parseArgs({
  options: {
    database: { type: 'string' },
    redis: { type: 'string' },
    count: { type: 'string', default: '500' },
    'at-once': { type: 'string', default: '32' },
    known: { type: 'boolean', default: false },
  },
});

const count = Number(values.count);
const atOnce = Number(values['at-once']);
const limit = { limit: 10_000_000, window: '1h' };
const openId = await startOpenIdProvider();
const { issuer, clientId, clientSecret } = openId;
const server = await startServer({
  ...(values.database === undefined ? {} : { databaseUrl: values.database }),
  ...(values.redis === undefined ? {} : { redisUrl: values.redis }),
  config: { providers: { oidc: { issuer, clientId, clientSecret } }, rateLimits: { prepare: limit, finish: limit } },
  env: { LOG_LEVEL: 'warn' },
});

const people = Array.from({ length: count }, () => person());

async function round(): Promise<{ readonly seconds: number; readonly latencies: readonly number[]; readonly errors: number }> {
  const latencies: number[] = [];
  let next = 0;
  let errors = 0;
  const began = performance.now();
  const worker = async () => {
    for (let who = people[next++]; who !== undefined; who = people[next++]) {
      const start = performance.now();
      await new ApiClient(server.base).signIn('oidc', openId, who).then(
        () => latencies.push(performance.now() - start),
        (error: unknown) => {
          errors += 1;
          console.error(String(error));
        },
      );
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return { seconds: (performance.now() - began) / 1000, latencies: latencies.sort((a, b) => a - b), errors };
}

function tell(name: string, { seconds, latencies, errors }: Awaited<ReturnType<typeof round>>): void {
  const at = (share: number) => `${Math.round(latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0)} ms`;
  const rate = Math.round(latencies.length / seconds);
  console.log(
    `${name}: ${latencies.length} sign-ins at ${atOnce} at once, ${errors} errors, ${rate} a second, p50 ${at(0.5)}, p99 ${at(0.99)}`,
  );
}

tell('new users', await round());
if (values.known) tell('known users', await round());
await server.stop();
await openId.close();

// OpenTelemetry spans as a host's SDK gets them.

import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { expect } from 'chai';
import { ApiClient } from '../support/client.js';
import { hostScene } from '../support/host-scene.js';
import { PASSWORD } from '../support/passwords.js';
import { person } from '../support/person.js';
import { quickHasher } from '../support/quick-hasher.js';
import { openTestHost, type TestHost } from '../support/test-host.js';

describe('The spans of a host that has an OpenTelemetry SDK', () => {
  const scene = hostScene();
  const exporter = new InMemorySpanExporter();
  let host: TestHost;

  before(async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
    const sent: unknown[] = [];
    host = await scene.closing(
      openTestHost({
        providers: scene,
        // What the host's own instrumentation of HTTP does.
        before: (app) =>
          app.use((_req, res, next) =>
            trace.getTracer('host').startActiveSpan('request', (span) => {
              res.once('finish', () => span.end());
              next();
            }),
          ),
        plugin: {
          localAccounts: true,
          passwordHasher: quickHasher,
          mail: { transport: { send: async (mail) => void sent.push(mail), close: () => undefined }, from: 'no-reply@example.test' },
        },
      }),
    );
  });
  after(() => {
    trace.disable();
    context.disable();
  });

  /** Of ours, since the last look. */
  function told(): readonly ReadableSpan[] {
    return exporter.getFinishedSpans().filter(({ instrumentationScope }) => instrumentationScope.name === 'express-latchkey');
  }

  /** A mail goes out when it may. */
  const ofRequests = (spans: readonly ReadableSpan[]) => spans.filter(({ name }) => name !== 'latchkey.deliver');
  const linesOf = (spans: readonly ReadableSpan[]) =>
    ofRequests(spans).map(({ name, attributes }) =>
      [name, attributes['latchkey.provider'], attributes['latchkey.outcome']].filter(Boolean).join(' '),
    );

  async function spansOf(work: () => Promise<unknown>): Promise<readonly ReadableSpan[]> {
    exporter.reset();
    await work();
    return told();
  }

  it('tell what was done, by which provider and how it ended', async () => {
    const client = new ApiClient(host.base);
    const spans = await spansOf(async () => {
      await client.signIn('oidc', scene.oidc, person());
      await client.link('google', scene.google, person());
      await client.unlink('google');
      await client.refresh();
      await client.setPassword(PASSWORD);
      await client.refresh('nonsense');
    });
    expect(linesOf(spans)).to.deep.equal([
      ...['latchkey.prepare oidc ok', 'latchkey.finish oidc ok', 'latchkey.prepare google ok', 'latchkey.finish google ok'],
      ...['latchkey.unlink google ok', 'latchkey.refresh ok'],
      ...['latchkey.password_set ok', 'latchkey.refresh refresh_refused'],
    ]);
    expect(spans.every(({ status, events }) => status.code === 0 && events.length === 0)).to.equal(true);
  });

  it("tell of the host's own changes under the guard, and of what its code asks for", async () => {
    const client = await new ApiClient(host.base).signIn('oidc', scene.oidc, person());
    const [{ id } = { id: 0 }] = await host.Members.findAll({ order: [['id', 'DESC']], limit: 1 });
    const { guard, import: bring, unlink, accessToken } = host.keys.links;
    const refusal = (work: Promise<unknown>) =>
      work.then(
        () => undefined,
        ({ code }: { readonly code?: unknown }) => code,
      );
    const spans = await spansOf(async () => {
      await guard(id, async () => undefined);
      expect(await refusal(guard(0, async () => undefined))).to.equal('unauthenticated');
      expect(await refusal(unlink(id, 'oidc'))).to.equal('only_sign_in_method');
      expect(await refusal(accessToken(id, 'stranger'))).to.equal(undefined);
      await bring([{ userId: id, provider: 'google', subject: crypto.randomUUID() }]);
    });
    expect(linesOf(spans)).to.deep.equal([
      ...['latchkey.guard ok', 'latchkey.guard unauthenticated', 'latchkey.access_token other failed', 'latchkey.import ok'],
    ]);
    expect(await client.linked()).to.deep.equal([2, 'google']);
  });

  it('are part of the trace of the request, and mail begins one of its own', async () => {
    const client = await new ApiClient(host.base).signIn('oidc', scene.oidc, person());
    await client.link('google', scene.google, person());
    exporter.reset();
    await client.unlink('google');
    for (let waited = 0; waited < 200 && !told().some(({ name }) => name === 'latchkey.deliver'); waited += 1)
      await new Promise((resolve) => setTimeout(resolve, 10));
    const [unlink, deliver] = ['latchkey.unlink', 'latchkey.deliver'].map((name) => told().find((span) => span.name === name));
    const requests = exporter.getFinishedSpans().filter(({ name }) => name === 'request');
    expect(requests.map((span) => span.spanContext().spanId)).to.include(unlink?.parentSpanContext?.spanId);
    expect(deliver?.parentSpanContext).to.equal(undefined);
    expect(deliver?.attributes).to.deep.equal({ 'latchkey.message': 'mail', 'latchkey.outcome': 'ok' });
  });

  it('mark what an operator is to look at, and no refusal', async () => {
    const client = new ApiClient(host.base);
    const back = await client.visit('oidc', scene.oidc, person());
    const spans = await spansOf(async () => {
      await client.finish('oidc', { ...back, code: 'another' });
      await client.signInWithPassword(person().email, PASSWORD).catch(() => undefined);
    });
    expect(ofRequests(spans).map(({ name, status, attributes }) => [name, status.code, attributes['error.type']])).to.deep.equal([
      ['latchkey.finish', 2, 'provider_failed'],
      ['latchkey.password_sign_in', 0, undefined],
    ]);
  });

  it('say nothing of any person, and are of so many kinds only, whatever strangers send', async () => {
    const who = person();
    const client = new ApiClient(host.base);
    const spans = await spansOf(async () => {
      for (let n = 0; n < 20; n += 1) {
        await client.call('PUT', '/session/openid', { provider: `stranger-${n}` });
        await client.call('POST', '/session/token', { email: `${n}.${who.email}`, password: `secret-${n}` });
        await client.call('POST', '/session/token/refresh', { refresh_token: `token-${n}` });
      }
      await client.signIn('oidc', scene.oidc, who);
    });
    expect(spans.length).to.be.above(40);
    const said = JSON.stringify(spans.map(({ name, attributes, events, status, links }) => ({ name, attributes, events, status, links })));
    expect(said).not.to.match(/stranger|secret|token-|@|example\.test/);
    for (const secret of [who.email, who.subject, String(client.token), String(client.user?.id)]) expect(said).not.to.include(secret);
    expect(new Set(spans.map(({ attributes }) => attributes['latchkey.provider']))).to.deep.equal(new Set(['other', undefined, 'oidc']));
  });
});

// What other services are told: each event with its change, signed, under one id at every try, also after the process has gone.

import { createHmac, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { type LatchkeyOptions, latchkey } from '../../lib/index.js';
import { silentLogger } from '../../lib/support/logger.js';
import { ApiClient } from '../support/client.js';
import { hostScene } from '../support/host-scene.js';
import { person } from '../support/person.js';
import { openTestHost, type TestHost } from '../support/test-host.js';
import { type Delivery, openWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.js';

describe('A webhook', () => {
  const scene = hostScene();
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  let receiver: WebhookReceiver;
  let deliveries: Delivery[];
  let url: string;
  before(async () => {
    receiver = await openWebhookReceiver();
    ({ deliveries, url } = receiver);
  });
  after(() => receiver.close());
  beforeEach(() => {
    deliveries.length = 0;
    receiver.status = 204;
  });

  const open = (webhooks: LatchkeyOptions['webhooks'] = [{ url, secret }]) =>
    scene.closing(openTestHost({ providers: scene, plugin: { webhooks } as Partial<LatchkeyOptions> }));
  async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
    for (const end = Date.now() + 12_000; !(await condition()); await new Promise((resolve) => setTimeout(resolve, 30)))
      if (Date.now() > end) throw new Error(`Timed out: ${JSON.stringify(deliveries)}`);
  }
  const types = () => deliveries.map(({ body }) => JSON.parse(body).type as string).sort();
  const rows = async ({ sequelize }: TestHost) => {
    const [found] = await sequelize.query("SELECT id, message, attempts, sent_at FROM outbox_messages WHERE kind = 'webhook'");
    return found as readonly { id: string; message: string; attempts: number; sent_at: unknown }[];
  };

  it('tells of sign-up, sign-in, link and unlink, each signed and with ids alone', async () => {
    const host = await open();
    const who = person();
    const client = await new ApiClient(host.base).signIn('google', scene.google, who);
    await client.link('oidc', scene.oidc, person());
    await client.unlink('oidc');
    await until(() => deliveries.length === 4);
    expect(types()).to.deep.equal(['link.created', 'link.removed', 'user.created', 'user.signed_in']);
    for (const { headers, body } of deliveries) {
      const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
      const key = Buffer.from(secret.slice(6), 'base64');
      expect(headers['webhook-signature']).to.equal(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
      expect(Math.abs(Date.now() / 1000 - Number(headers['webhook-timestamp']))).to.be.below(30);
      expect(body).not.to.include(who.email);
    }
    expect(JSON.stringify(await rows(host)), 'no secret and no address at rest').not.to.match(/whsec_|127\.0\.0\.1/);
  });

  it('tells of nothing that was refused or taken back, and only of what is asked for', async () => {
    const host = await open([{ url, secret, events: ['link.removed'] }]);
    const client = await new ApiClient(host.base).signIn('google', scene.google, person());
    expect((await client.unlink('google')).json?.code).to.equal(40084);
    expect(await rows(host)).to.deep.equal([]);
  });

  it('comes again under the same id until it is taken, and waits for a process that has gone', async () => {
    receiver.status = 500;
    const host = await open([{ url, secret, events: ['user.created'] }]);
    await new ApiClient(host.base).signIn('google', scene.google, person());
    await until(() => deliveries.length === 1);
    await host.keys.close();
    receiver.status = 204;
    await host.sequelize.query("UPDATE outbox_messages SET next_attempt_at = 0, locked_until = NULL WHERE kind = 'webhook'");
    const next = await latchkey({
      sequelize: host.sequelize,
      baseUrl: host.base,
      secret: 'a-secret-for-tests-that-is-long-enough-0123456789',
      users: { model: host.Members, nickname: 'nickname', defaults: { plan: 'free' } },
      logger: silentLogger,
      webhooks: [{ url, secret }],
    });
    await until(async () => (await rows(host)).every(({ sent_at }) => sent_at !== null));
    await next.close();
    expect(new Set(deliveries.map(({ headers }) => headers['webhook-id'])).size).to.equal(1);
    expect(deliveries.length).to.be.at.least(2);
  });

  it('is given up where the endpoint is gone, and written down', async () => {
    receiver.status = 410;
    const host = await open([{ url, secret, events: ['user.created'] }]);
    await new ApiClient(host.base).signIn('google', scene.google, person());
    await until(async () => {
      const [found] = await host.sequelize.query("SELECT id FROM audit_events WHERE event = 'outbox.webhook.given_up'");
      return found.length === 1;
    });
    expect(deliveries).to.have.length(1);
  });

  it('says at start what is wrong, and shows no secret', async () => {
    const wrong = [
      { url: 'http://example.com/', secret, events: ['user.created'] },
      { url, secret: 'whsec_short' },
      { url, secret, events: ['all'] },
    ];
    const thrown = await open(wrong as unknown as LatchkeyOptions['webhooks']).catch((error: Error) => error);
    const { message } = thrown as Error;
    for (const path of ['webhooks.0.url', 'webhooks.1.secret', 'webhooks.2.events.0']) expect(message).to.include(path);
    expect(message).not.to.include(secret).and.not.to.include('short');
  });
});

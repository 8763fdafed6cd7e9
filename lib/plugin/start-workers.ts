// Starts the workers that deliver outbox messages: mails, revocations at providers, webhooks.

import type { Config } from '../../config/config.js';
import type { ProviderClients } from '../accounts/provider-clients.js';
import type { LinkUrls } from '../mail/link-urls.js';
import { startMailSender } from '../mail/sender.js';
import { UndeliverableMessage } from '../outbox/failed-deliveries.js';
import { type OutboxWorker, startOutboxWorker } from '../outbox/outbox-worker.js';
import { revoker } from '../outbox/revocation.js';
import { webhookSender } from '../outbox/webhook-sender.js';
import type { Logger } from '../support/logger.js';
import type { TokenSeal } from '../tokens/seal.js';
import type { Spans } from '../tracing/spans.js';
import type { LatchkeyOptions } from './options.js';
import type { Storage } from './storage.js';
import type { Texts } from './texts.js';

export interface WorkersOptions {
  readonly config: Pick<Config, 'webhooks'>;
  readonly mail: LatchkeyOptions['mail'];
  readonly storage: Pick<Storage, 'outbox'>;
  readonly seal: Pick<TokenSeal, 'open'>;
  readonly providerClients: Pick<ProviderClients, 'revoke'>;
  readonly texts: Pick<Texts, 'mails'>;
  readonly urlOf: LinkUrls['urlOf'];
  readonly spans: Spans;
  readonly logger: Logger;
}

export function startWorkers(options: WorkersOptions): readonly OutboxWorker[] {
  const { config, mail, storage, seal, providerClients, texts, urlOf, spans, logger } = options;
  const { outbox } = storage;
  const told = { logger, spans };
  // Also where tokens are no longer kept: what was kept before is still to be revoked.
  const revoke = revoker({ open: seal.open, revoke: providerClients.revoke, logger });
  return [
    ...(mail === undefined ? [] : [startMailSender({ repository: outbox.mail, ...mail, languages: texts.mails, urlOf, ...told })]),
    startOutboxWorker({
      name: 'revocation',
      repository: outbox.revocations,
      deliver: (_id, revocation) => revoke(revocation),
      hostOf: ({ provider }) => provider,
      ...told,
    }),
    // Also where nobody is to be told any more: what waits is given up, and does not wait for ever.
    startOutboxWorker({
      name: 'webhook',
      repository: outbox.webhooks,
      deliver: webhookSender(config.webhooks),
      hostOf: ({ endpoint }) => endpoint,
      isPermanent: (error) => error instanceof UndeliverableMessage,
      ...told,
    }),
  ];
}

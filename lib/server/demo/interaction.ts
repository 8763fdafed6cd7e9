// The page where a person chooses an account, and what follows from the choice.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Provider } from 'oidc-provider';
import { CANCEL, chooserPage, messagePage, PAGE_HEADERS } from './pages.js';
import type { DemoPeople } from './people.js';

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

function sendPage(res: ServerResponse, status: number, html: string): void {
  res.writeHead(status, PAGE_HEADERS).end(html);
}

/** Everything that was asked for, so that no consent page follows, `prompt=consent` or not. */
async function grantAll(provider: Provider, { params }: Interaction, subject: string): Promise<string> {
  const grant = new provider.Grant({ accountId: subject, clientId: String(params.client_id) });
  grant.addOIDCScope('openid profile email offline_access');
  return grant.save();
}

async function readChoice(req: IncomingMessage): Promise<string> {
  return new URLSearchParams(await text(req)).get('choice') ?? '';
}

interface Visit {
  readonly interaction: Interaction;
  readonly people: DemoPeople;
}

async function answer(provider: Provider, req: IncomingMessage, res: ServerResponse, { interaction, people }: Visit): Promise<void> {
  const choice = await readChoice(req);
  if (choice === CANCEL) {
    await provider.interactionFinished(req, res, { error: 'access_denied', error_description: 'The person pressed Cancel' });
    return;
  }
  const person = people.get(choice);
  if (person === undefined) {
    sendPage(res, 400, messagePage('That did not work', 'There is no such account.'));
    return;
  }
  await provider.interactionFinished(req, res, {
    login: { accountId: person.subject, remember: false },
    consent: { grantId: await grantAll(provider, interaction, person.subject) },
    select_account: {},
  });
}

/** Shows the accounts on GET and takes the choice on POST; the library's cookie says whose flow it is. */
export async function serveInteraction(provider: Provider, people: DemoPeople, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const interaction = await provider.interactionDetails(req, res).catch(() => undefined);
  if (interaction === undefined) {
    sendPage(res, 400, messagePage('This page is too old', 'Go back to the app and start again.'));
  } else if (req.method === 'POST') {
    await answer(provider, req, res, { interaction, people });
  } else {
    sendPage(res, 200, chooserPage(people));
  }
}

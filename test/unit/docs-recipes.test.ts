// Recipes of docs/ that a host takes over as they stand do what their pages say.

import { randomBytes, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import type { PasswordHasher } from '../../lib/index.js';
import { signWebhook } from '../../lib/outbox/webhook-sender.js';
import { readPage, snippetsOf } from '../support/docs-pages.js';
import { newFolder } from '../support/run-folder.js';

/** The module of a page that exports a name. */
async function exported<T>(page: string, name: string): Promise<T> {
  const snippet = snippetsOf(readPage(page)).find(({ text }) => new RegExp(`^export .*\\b${name}\\b`, 'm').test(text));
  if (snippet === undefined) throw new Error(`${page} shows no ${name}`);
  const file = join(newFolder('recipe'), 'recipe.mts');
  writeFileSync(file, snippet.text);
  const module: Readonly<Record<string, unknown>> = await import(pathToFileURL(file).href);
  return module[name] as T;
}

describe('A recipe of docs', () => {
  it('takes a webhook of ours, and none that is old, changed or signed by others', async () => {
    type Check = (headers: Readonly<Record<string, string>>, body: string, secret: string) => boolean;
    const isFromLatchkey = await exported<Check>('docs/webhooks.md', 'isFromLatchkey');
    const [secret, other] = [0, 1].map(() => `whsec_${randomBytes(32).toString('base64')}`) as [string, string];
    const body = JSON.stringify({ type: 'link.created', data: { userId: '7' } });
    const [id, now] = [randomUUID(), Math.floor(Date.now() / 1000)];
    const headers = (seconds: number, signature: string) => ({
      'webhook-id': id,
      'webhook-timestamp': String(seconds),
      'webhook-signature': signature,
    });
    const sign = (by: string, seconds = now) => signWebhook(by, id, seconds, body);
    expect(isFromLatchkey(headers(now, sign(secret)), body, secret)).to.equal(true);
    expect(isFromLatchkey(headers(now, `${sign(other)} ${sign(secret)}`), body, secret), 'one of two').to.equal(true);
    expect(isFromLatchkey(headers(now, sign(other)), body, secret)).to.equal(false);
    expect(isFromLatchkey(headers(now, sign(secret)), body.replace('7', '8'), secret)).to.equal(false);
    expect(isFromLatchkey(headers(now - 1_000, sign(secret, now - 1_000)), body, secret)).to.equal(false);
    expect(isFromLatchkey({}, body, secret)).to.equal(false);
  });

  it('keeps passwords of a host by scrypt', async () => {
    const hasher = await exported<PasswordHasher>('docs/own-users.md', 'passwordHasher');
    const stored = await hasher.hash('correct horse');
    expect(await hasher.verify(stored, 'correct horse')).to.equal(true);
    expect(await hasher.verify(stored, 'wrong horse')).to.equal(false);
    expect(await hasher.verify('', 'correct horse')).to.equal(false);
    expect([hasher.canVerify?.(stored), hasher.canVerify?.('!')]).to.deep.equal([true, false]);
  });
});

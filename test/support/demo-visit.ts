// What a person does at the demo provider.

import { expect } from 'chai';
import type { Page } from 'playwright-core';

export type DemoChoice = 'Alice Example' | 'Bob Example' | 'Cancel';

/** On the provider's page: presses a button, and is sent back. */
export async function chooseAtDemo(page: Page, choice: DemoChoice): Promise<void> {
  await page.getByRole('heading', { name: 'Choose an account', exact: true }).waitFor();
  expect(new URL(page.url()).pathname).to.match(/^\/oidc\/interaction\//);
  await page.getByRole('button', { name: choice }).click();
}

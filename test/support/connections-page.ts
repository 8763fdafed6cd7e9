// The page of a person's connections, as they read it and press its buttons.

import { expect } from 'chai';
import type { Locator, Page } from 'playwright-core';

/** The part of the page that is about one provider. */
export function connection(page: Page, name: string): Locator {
  return page.getByRole('listitem').filter({ has: page.getByRole('heading', { name, exact: true }) });
}

/** At the sign-in page: goes off to the provider. */
export async function continueWith(page: Page, name: string): Promise<void> {
  await page.getByRole('link', { name: `Continue with ${name}`, exact: true }).click();
}

export async function expectConnections(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'Your connections', level: 1 }).waitFor();
}

export async function expectLinked(page: Page, states: Readonly<Record<string, boolean>>): Promise<void> {
  for (const [name, isLinked] of Object.entries(states)) {
    await connection(page, name)
      .getByText(isLinked ? 'Linked' : 'Not linked', { exact: true })
      .waitFor();
  }
}

export async function pressLink(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: `Link ${name}`, exact: true }).click();
}

/** Opens the question and answers it with yes. */
export async function unlink(page: Page, name: string): Promise<void> {
  // A summary is a button to people and to Chromium, but Playwright knows no role of it.
  await page
    .locator('summary')
    .and(page.getByLabel(`Unlink ${name}`, { exact: true }))
    .click();
  await page.getByText(`Unlink ${name}? You will no longer be able to sign in with it.`).waitFor();
  await page.getByRole('button', { name: `Yes, unlink ${name}` }).click();
}

/** The button is there, cannot be pressed, and says why. */
export async function expectLocked(page: Page, name: string, why: string): Promise<void> {
  const button = page.getByRole('button', { name: `Unlink ${name}`, exact: true });
  expect(await button.isDisabled()).to.equal(true);
  const described = await button.getAttribute('aria-describedby');
  expect(await page.locator(`[id="${described}"]`).innerText()).to.equal(why);
}

export async function expectNotice(page: Page, text: string): Promise<void> {
  await page.getByRole('status').filter({ hasText: text }).waitFor();
}

export async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expectNotice(page, 'You are signed out.');
}

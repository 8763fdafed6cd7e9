// What holds for every page of ours, however wide and however dark: anybody can use it, and nothing sticks out.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import { expect } from 'chai';
import type { Page } from 'playwright-core';

const HEIGHT = 800;
const NARROWEST = 320;

/** Writes `NAME.png` to the folder that `SCREENSHOTS` names; does nothing where it is not set. */
async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (folder === undefined || folder === '') return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/** Serious and critical findings, each with the elements that it is about. */
async function violations(page: Page): Promise<readonly string[]> {
  const results = (await page.evaluate(`axe.run({ resultTypes: ['violations'] })`)) as axe.AxeResults;
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help} (${nodes.map(({ html }) => html).join(' ')})`);
}

async function overhang(page: Page): Promise<number> {
  return Number(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'));
}

/** Colours do not depend on the width, nor places on the colours: two views show what four would. */
const VIEWS = [
  { colorScheme: 'light', width: 360 },
  { colorScheme: 'dark', width: 1000 },
] as const;

/** On a telephone in the light and on a desk in the dark; `name` is the screenshots'. */
export async function expectGoodLook(page: Page, name: string): Promise<void> {
  await page.evaluate(axe.source);
  for (const { colorScheme, width } of VIEWS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: HEIGHT });
    await screenshot(page, `${name}-${colorScheme}-${width}`);
    expect(await violations(page), `${name}, ${colorScheme}, ${width} px`).to.deep.equal([]);
  }
  await page.setViewportSize({ width: NARROWEST, height: HEIGHT });
  expect(await overhang(page), `${name}: pixels to scroll sideways at ${NARROWEST} px`).to.equal(0);
}

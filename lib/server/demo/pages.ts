// The demo provider's pages: plain HTML without scripts, light and dark, for any width.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { escapeHtml } from '../../support/escape-html.js';
import type { DemoPeople } from './people.js';

const STYLE = readFileSync(new URL('assets/demo.css', import.meta.url), 'utf8');

/** No `form-action`: browsers apply it to the redirect that leads back to the app as well. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; frame-ancestors 'none'`,
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Demo provider</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${content}
</main>
</body>
</html>
`;
}

/** The form's answer: `choice` is a subject, or `cancel`. */
export const CANCEL = 'cancel';

export function chooserPage(people: DemoPeople): string {
  const buttons = [...people.values()].map(
    ({ subject, name, email }) =>
      `<button name="choice" value="${escapeHtml(subject)}"><strong>${escapeHtml(name)}</strong><span>${escapeHtml(email ?? '')}</span></button>`,
  );
  return page(
    'Choose an account',
    `<p>This is the demo provider on your own machine. It asks for no password.</p>
<form method="post">
${buttons.join('\n')}
<button class="quiet" name="choice" value="${CANCEL}">Cancel</button>
</form>`,
  );
}

export function messagePage(title: string, text: string): string {
  return page(title, `<p>${escapeHtml(text)}</p>`);
}

/** @param form the library's own form, already escaped; its buttons belong to it by id */
export function signOutPage(form: string): string {
  return page(
    'Sign out?',
    `<p>You are signed in at the demo provider.</p>
${form}
<button form="op.logoutForm" name="logout" value="yes">Sign out</button>
<button class="quiet" form="op.logoutForm">Stay signed in</button>`,
  );
}

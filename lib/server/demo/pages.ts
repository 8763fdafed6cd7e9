// The demo provider's pages: plain HTML without scripts, light and dark, for any width.

import { createHash } from 'node:crypto';
import { escapeHtml } from '../../support/escape-html.js';
import { DEMO_PEOPLE } from './people.js';

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #f5f6f8; --card: #fff; --line: #c3c8d0; --quiet: #555d68; --accent: #1f5fbf; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eceff3; --paper: #14171b; --card: #1e2329; --line: #454d58; --quiet: #a7b0bc; --accent: #8ab4f8; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; color: var(--ink); background: var(--paper); font: 1rem/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 24rem; padding: 1.5rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
h1 { margin: 0 0 .25rem; font-size: 1.375rem; line-height: 1.3; }
p { margin: 0 0 1.25rem; color: var(--quiet); overflow-wrap: anywhere; }
button { display: block; width: 100%; min-height: 3rem; margin-top: .75rem; padding: .75rem 1rem; color: inherit; background: transparent; border: 1px solid var(--line); border-radius: .5rem; font: inherit; text-align: start; cursor: pointer; }
button:hover { border-color: var(--accent); }
button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
button strong, button span { display: block; overflow-wrap: anywhere; }
button span { color: var(--quiet); }
button.quiet { border-color: transparent; color: var(--accent); text-align: center; }
`;

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

export function chooserPage(): string {
  const buttons = DEMO_PEOPLE.map(
    ({ subject, name, email }) =>
      `<button name="choice" value="${escapeHtml(subject)}"><strong>${escapeHtml(name)}</strong><span>${escapeHtml(email)}</span></button>`,
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

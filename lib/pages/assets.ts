// The script and style of our pages, served as files so that the Content-Security-Policy needs no exception.

/** Sends the finish call, says how it went, and tells an opener on the same origin. */
export const FINISH_SCRIPT = `'use strict';
const status = document.getElementById('status');
const opener = window.opener;

async function finish() {
  const response = await fetch(status.dataset.url, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/json' },
    body: status.dataset.body,
  });
  const answer = await response.json();
  if (answer.code !== 0) throw new Error(answer.msg);
  if (opener) opener.postMessage({ type: 'latchkey:finished', answer }, window.location.origin);
  const user = answer.data && answer.data.user;
  return user ? 'Signed in as ' + user.nickname + '. You can close this window.' : 'Linked. You can close this window.';
}

window.history.replaceState(null, '', window.location.pathname);
finish().then(
  (text) => { status.textContent = text; },
  (error) => { status.textContent = 'That did not work: ' + error.message; },
);
`;

export const PAGE_STYLE = `:root { color-scheme: light dark; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 40rem; margin: 10vh auto; padding: 0 1.25rem; }
h1 { font-size: 1.4rem; }
dt { font-weight: 600; margin-top: 0.75rem; }
dd { margin: 0; }
code { overflow-wrap: anywhere; user-select: all; }
pre { padding: 0.75rem; border: 1px solid color-mix(in srgb, currentcolor 25%, transparent); border-radius: 0.4rem; white-space: pre-wrap; }
`;

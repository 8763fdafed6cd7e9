// The two scripts of our pages; every sentence and value they need stands in attributes of the page.

/** Sends the finish call, says how it went, and tells an opener on the same origin. */
export const FINISH_SCRIPT = `'use strict';
const status = document.getElementById('status');
const { url, body, signedIn, linked, failed } = status.dataset;
const opener = window.opener;

/** A function, because \`$&\` in a name would mean something in a plain replacement. */
const fill = (sentence, name) => sentence.replace('{}', () => name);

async function finish() {
  const response = await fetch(url, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const answer = await response.json();
  if (answer.code !== 0) throw new Error(answer.msg);
  if (opener) opener.postMessage({ type: 'latchkey:finished', answer }, window.location.origin);
  const user = answer.data && answer.data.user;
  return user ? fill(signedIn, user.nickname) : linked;
}

window.history.replaceState(null, '', window.location.pathname);
finish().then(
  (text) => { status.textContent = text; },
  (error) => { status.textContent = fill(failed, error.message); },
);
`;

/**
 * Posts the result to the opener, once for each origin it may have, and closes the window; a browser delivers only to an opener
 * of that very origin, so the others are nothing but a line in its console. Without an opener the page's text stays.
 */
export const TELL_OPENER_SCRIPT = `'use strict';
const { result, origins } = document.getElementById('result').dataset;
const opener = window.opener;

window.history.replaceState(null, '', window.location.pathname);
if (opener) {
  const message = JSON.parse(result);
  for (const origin of JSON.parse(origins)) opener.postMessage(message, origin);
  window.setTimeout(() => window.close(), 300);
}
`;

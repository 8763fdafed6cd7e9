// Sends the finish call, says how it went, and posts the answer to the opener, once for each origin it may have: a browser delivers
// only to an opener of that very origin. Every sentence and value it needs stands in attributes of the page.

const status = document.getElementById('status');
const { url, body, origins, signedIn, linked, failed } = status.dataset;
const opener = window.opener;

/** A function, because `$&` in a name would mean something in a plain replacement. */
const fill = (sentence, name) => sentence.replace('{}', () => name);

async function finish() {
  const response = await fetch(url, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const answer = await response.json();
  if (opener) for (const origin of JSON.parse(origins)) opener.postMessage({ type: 'latchkey:finished', answer }, origin);
  if (answer.code !== 0) throw new Error(answer.msg);
  const user = answer.data?.user;
  return user ? fill(signedIn, user.nickname) : linked;
}

window.history.replaceState(null, '', window.location.pathname);
finish().then(
  (text) => {
    status.textContent = text;
  },
  (error) => {
    status.textContent = fill(failed, error.message);
  },
);

// Posts the result to the opener, once for each origin it may have, and closes the window; a browser delivers only to an opener
// of that very origin, so the others are nothing but a line in its console. Without an opener the page's text stays.

const { result, origins } = document.getElementById('result').dataset;
const opener = window.opener;

window.history.replaceState(null, '', window.location.pathname);
if (opener) {
  const message = JSON.parse(result);
  for (const origin of JSON.parse(origins)) opener.postMessage(message, origin);
  window.setTimeout(() => window.close(), 300);
}

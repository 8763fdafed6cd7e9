// The page of a guest or member: sends people to a provider in a window of its own and hears how it went.

const status = document.getElementById('status');

async function call(method, path, body, headers = {}) {
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(path, {
    method,
    headers: { ...type, ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return response.json();
}

/** The number of a provider where the API has one, else its id. */
const providerOf = (name) => (name === 'oidc' ? 2 : name);

async function visit(name, linking) {
  const child = window.open('', '_blank', 'popup,width=500,height=650');
  const answer = await call('PUT', '/session/openid', { provider: providerOf(name), linking });
  if (answer.code === 0) child.location = answer.data;
  else {
    child.close();
    status.textContent = answer.msg;
  }
}

async function unlink(name) {
  const answer = await call('DELETE', `/session/openid/${providerOf(name)}`);
  await show();
  if (answer.code !== 0) status.textContent = answer.msg;
}

function linkItem({ provider, email }) {
  const item = document.createElement('li');
  const button = document.createElement('button');
  button.textContent = 'Unlink';
  button.addEventListener('click', () => unlink(provider));
  item.append(`${provider} (${email ?? 'no address'}) `, button);
  return item;
}

async function show() {
  const me = await call('GET', '/me');
  const signedIn = me.memberId !== undefined;
  document.getElementById('guest').hidden = signedIn;
  document.getElementById('member').hidden = !signedIn;
  status.textContent = signedIn ? `Hello, ${me.fullName}` : 'You are not signed in';
  if (signedIn) document.getElementById('links').replaceChildren(...(await call('GET', '/me/links')).map(linkItem));
}

window.addEventListener('message', async ({ origin, data }) => {
  if (origin !== window.location.origin || data?.type !== 'latchkey:finished') return;
  const token = data.answer.data?.token?.access_token;
  if (token !== undefined) await call('POST', '/login/social', {}, { authorization: `Bearer ${token}` });
  await show();
});

for (const button of document.querySelectorAll('[data-sign-in]')) {
  button.addEventListener('click', () => visit(button.dataset.signIn, false));
}
for (const button of document.querySelectorAll('[data-link]')) button.addEventListener('click', () => visit(button.dataset.link, true));
document.getElementById('no-password').addEventListener('click', async () => {
  const { oops } = await call('POST', '/me/password/remove', {});
  status.textContent = oops ?? 'You have no password any more';
});
void show();

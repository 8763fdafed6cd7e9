// The page of a guest or member: who is signed in, and what they can sign in with.

const status = document.getElementById('status');

async function call(method, path) {
  const response = await fetch(path, { method });
  return response.json();
}

function linkItem({ provider, email }) {
  const item = document.createElement('li');
  item.append(`${provider} (${email ?? 'no address'})`);
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

document.getElementById('no-password').addEventListener('click', async () => {
  const { oops } = await call('POST', '/me/password/remove');
  status.textContent = oops ?? 'You have no password any more';
});
void show();

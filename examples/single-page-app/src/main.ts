// The page: who is signed in, what is linked, and buttons to change that.

import { accountAt } from './account.js';
import { signInByWindow } from './tokens.js';

const API: string = import.meta.env.VITE_API ?? 'http://localhost:3000';
const PROVIDERS = ['acme', 'other'];
const account = accountAt(API);

function element<K extends keyof HTMLElementTagNameMap>(name: K, text: string, more: Partial<HTMLElementTagNameMap[K]> = {}) {
  return Object.assign(document.createElement(name), { textContent: text, ...more });
}

const button = (text: string, onclick: () => Promise<void>) =>
  element('button', text, { onclick: () => void onclick().catch((error: Error) => say(error.message)) });

const main = document.querySelector('main') ?? document.body;
const status = document.querySelector('[role=status]') ?? document.body;

function say(text: string): void {
  status.textContent = text;
}

function guest() {
  const links = PROVIDERS.map((provider) => element('a', `Sign in by ${provider}`, { href: account.signInUrl(provider) }));
  const byWindow = button('Sign in by a window', async () => {
    const client = await signInByWindow(API, 'acme');
    const { open_id, links: others } = await client.call('GET /user/setting');
    say(`By token: ${[...open_id, ...others].map(({ provider }) => provider).join(', ')}`);
  });
  return [...links, byWindow];
}

async function member() {
  const linked = await account.links();
  const unlinks = linked.map((provider) =>
    button(`Unlink ${provider}`, async () => {
      const told = await account.unlink(provider);
      await show();
      say(told);
    }),
  );
  const others = PROVIDERS.filter((provider) => !linked.includes(provider));
  const more = others.map((provider) => element('a', `Link ${provider}`, { href: account.linkUrl(provider) }));
  const signOut = button('Sign out', async () => {
    await account.signOut();
    await show();
  });
  return [...unlinks, ...more, signOut];
}

async function show(): Promise<void> {
  const user = await account.whoAmI();
  say(user === undefined ? 'You are not signed in' : `Hello, ${user.nickname}`);
  main.replaceChildren(...(user === undefined ? guest() : await member()));
}

void show();

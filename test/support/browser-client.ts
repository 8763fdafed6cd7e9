// A browser without a screen: keeps cookies, says where its requests come from, follows redirects when told.

import { type HttpAnswer, request } from './http-request.js';
import type { OpenIdProvider } from './openid-provider.js';
import type { Person } from './person.js';

export class BrowserClient {
  readonly base: string;
  readonly cookies = new Map<string, string>();
  /** Every `Set-Cookie` header so far, with its attributes. */
  readonly setCookies: string[] = [];

  constructor(base: string) {
    this.base = base;
  }

  /** GET is a navigation by the address bar, anything else a script or form of the same origin; `headers` may say otherwise. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    { headers = {} }: { headers?: Record<string, string> } = {},
  ): Promise<HttpAnswer> {
    const { origin } = new URL(this.base);
    const navigates = method === 'GET';
    const fetchHeaders: Record<string, string> = navigates
      ? { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
      : { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors', origin };
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await request(new URL(path, this.base).href, {
      method,
      body,
      headers: { accept: 'text/html,application/json', ...fetchHeaders, ...(cookie === '' ? {} : { cookie }), ...headers },
    });
    for (const line of answer.headers.getSetCookie()) this.#keep(line);
    return answer;
  }

  open(path: string): Promise<HttpAnswer> {
    return this.call('GET', path);
  }

  /** Sends a form of a page, as a browser does without JavaScript. */
  submit(path: string, fields: Readonly<Record<string, string>> = {}): Promise<HttpAnswer> {
    return this.call('POST', path, new URLSearchParams(fields), { headers: { 'sec-fetch-mode': 'navigate' } });
  }

  /** From `/auth/…` to the provider and back to the callback, whose answer it returns. */
  signIn(provider: string, openId: OpenIdProvider, who: Person, returnTo = '/'): Promise<HttpAnswer> {
    return this.#throughProvider(`/auth/${provider}?${new URLSearchParams({ returnTo })}`, openId, who);
  }

  link(provider: string, openId: OpenIdProvider, who: Person, returnTo = '/'): Promise<HttpAnswer> {
    return this.#throughProvider(`/auth/${provider}/link?${new URLSearchParams({ returnTo })}`, openId, who);
  }

  me(): Promise<HttpAnswer> {
    return this.open('/auth/me');
  }

  async #throughProvider(path: string, openId: OpenIdProvider, who: Person): Promise<HttpAnswer> {
    const out = await this.open(path);
    const authorizationUrl = out.headers.get('location');
    const redirectUri = authorizationUrl === null ? null : new URL(authorizationUrl, this.base).searchParams.get('redirect_uri');
    if (authorizationUrl === null || redirectUri === null) throw new Error(`${path}: ${out.status} ${out.text.slice(0, 300)}`);
    const back = await openId.approve(authorizationUrl, who);
    const { pathname } = new URL(redirectUri);
    const answer = { headers: { 'sec-fetch-site': 'cross-site' } }; // The provider's page redirected here.
    return this.call('GET', `${pathname}?${new URLSearchParams({ ...back })}`, undefined, answer);
  }

  #keep(line: string): void {
    this.setCookies.push(line);
    const [pair = '', ...attributes] = line.split(';');
    const [name = '', ...value] = pair.split('=');
    const isGone = attributes.some((attribute) => {
      const [key = '', when = ''] = attribute.trim().split('=');
      if (key.toLowerCase() === 'max-age') return Number(when) <= 0;
      return key.toLowerCase() === 'expires' && Date.parse(when) <= Date.now();
    });
    if (isGone) this.cookies.delete(name);
    else this.cookies.set(name, value.join('='));
  }
}

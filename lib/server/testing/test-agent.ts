// An agent acts like a person with a browser in a host's tests: it signs in, links, and calls the app's routes as its pages would.

import type { DemoPerson } from '../demo/people.js';
import { type AgentInit, type CookieJar, createCookieJar } from './cookie-jar.js';

/** Where the agent finds the app's paths. */
export interface AppPlaces {
  /** The app's origin, followed by `paths.mount`. */
  readonly publicUrl: string;
  /** The prefix of `/auth/…`. */
  readonly browserPrefix: string;
}

export interface TestAgent {
  /** The person at the provider. */
  readonly person: DemoPerson;
  /** Makes a request to a path or an absolute URL, as a page of the app would: with the agent's cookies and origin. Follows no redirect. */
  fetch(path: string, init?: AgentInit): Promise<Response>;
  /** The `Cookie` header that the agent would send, for a test that sends requests by other means. */
  readonly cookie: string;
  /** Links a further provider; by default the same person there. @throws Error that says what the app answered */
  link(provider: string, person?: DemoPerson): Promise<void>;
}

/** The most redirects that a sign-in may take: to the provider's page, through it, and back. */
const MOST_STEPS = 12;

const saysWhat = async (answer: Response) =>
  `HTTP ${answer.status} ${(await answer.text())
    .replace(/<style[\s\S]*?<\/style>|<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300)}`;

/** Chooses the person at the demo provider, and returns the URL of the app's callback. */
async function throughProvider(jar: CookieJar, authorizationUrl: string, person: DemoPerson): Promise<string> {
  const redirectUri = new URL(authorizationUrl).searchParams.get('redirect_uri') ?? '';
  let url = authorizationUrl;
  for (let step = 0; step < MOST_STEPS && !url.startsWith(redirectUri); step += 1) {
    const answer = await jar.send(url);
    const location = answer.headers.get('location');
    const chosen =
      location === null ? await jar.send(url, { method: 'POST', body: new URLSearchParams({ choice: person.subject }) }) : answer;
    const next = chosen.headers.get('location');
    if (next === null) throw new Error(`The provider did not continue: ${await saysWhat(chosen)}`);
    url = new URL(next, url).href;
  }
  return url;
}

/** @throws Error that says what the app answered */
export async function signedInAgent(places: AppPlaces, provider: string, person: DemoPerson): Promise<TestAgent> {
  const { publicUrl, browserPrefix } = places;
  const { origin } = new URL(publicUrl);
  const jar = createCookieJar();
  const navigation = (site: string) => ({ headers: { accept: 'text/html', 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate' } });

  async function travel(path: string, who: DemoPerson): Promise<void> {
    const start = `${publicUrl}${browserPrefix}/auth/${path}?returnTo=/`;
    const out = await jar.send(start, navigation('same-origin'));
    const location = out.headers.get('location');
    if (location === null) throw new Error(`GET ${start} does not lead to a provider: ${await saysWhat(out)}`);
    const back = await jar.send(await throughProvider(jar, new URL(location, start).href, who), navigation('cross-site'));
    if (back.status !== 302) throw new Error(`The app did not sign in ${who.name} from ${path}: ${await saysWhat(back)}`);
  }

  await travel(provider, person);
  return {
    person,
    get cookie() {
      return jar.header(`${publicUrl}/`);
    },
    fetch: (path, { headers = {}, ...init } = {}) =>
      jar.send(new URL(path, publicUrl).href, {
        ...init,
        headers: { origin, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors', ...headers },
      }),
    link: (other, who = person) => travel(`${other}/link`, who),
  };
}

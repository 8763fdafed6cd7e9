// A browser as far as the comparison needs one: cookies, the headers of navigations and scripts, and no redirect followed.

import { Pool } from 'undici';

export interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly text: string;
}

export interface Ask {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly json?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

const pools = new Map<string, Pool>();

function poolOf(origin: string): Pool {
  const pool = pools.get(origin) ?? new Pool(origin, { connections: 64 });
  pools.set(origin, pool);
  return pool;
}

/** Connections to servers that are gone are no use. */
export async function closeConnections(): Promise<void> {
  await Promise.all([...pools.values()].map((pool) => pool.close()));
  pools.clear();
}

const NAVIGATION = { accept: 'text/html', 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' };

const isOver = (attributes: string) => /max-age=0(?:;|$)|expires=thu, 01 jan 1970/i.test(attributes);

export class Visitor {
  /** Whom the provider takes this one for. */
  who: string;
  /** The way to the provider, and back from it. */
  out = '';
  back = '';
  /** By provider: what a system wants to know again of a link that it has told of. */
  linkIds: Readonly<Record<string, string>> = {};
  readonly #base: string;
  readonly #origins: readonly string[];
  readonly #cookies = new Map<string, string>();
  #turn = 0;

  /** @param origins where the processes listen that serve `base` together */
  constructor(base: string, origins: readonly string[], who: string) {
    this.#base = base;
    this.#origins = origins;
    this.who = who;
  }

  /** Another browser of the same person. */
  elsewhere(): Visitor {
    return new Visitor(this.#base, this.#origins, this.who);
  }

  async ask(path: string, { method = 'GET', json, headers = {} }: Ask = {}): Promise<Answer> {
    const own = method === 'GET' ? NAVIGATION : { origin: this.#base, 'sec-fetch-site': 'same-origin' };
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const origin = this.#origins[this.#turn++ % this.#origins.length] ?? this.#base;
    const answer = await poolOf(origin).request({
      path,
      method,
      body: json === undefined ? null : JSON.stringify(json),
      headers: {
        host: new URL(this.#base).host,
        ...own,
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...(cookie === '' ? {} : { cookie }),
        ...headers,
      },
    });
    const { location, 'set-cookie': set = [] } = answer.headers;
    for (const line of [set].flat()) this.#keep(line);
    return { status: answer.statusCode, location: [location].flat()[0], text: await answer.body.text() };
  }

  /** Through the provider: from `out` to `back`. */
  async approve(): Promise<void> {
    const url = new URL(this.out);
    url.searchParams.set('login_hint', this.who);
    const answer = await poolOf(url.origin).request({ path: url.pathname + url.search, method: 'GET' });
    await answer.body.dump();
    const back = new URL([answer.headers.location].flat()[0] ?? '');
    this.back = back.pathname + back.search;
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split('; ');
    const at = pair.indexOf('=');
    const name = pair.slice(0, at);
    if (isOver(attributes.join(';'))) this.#cookies.delete(name);
    else this.#cookies.set(name, pair.slice(at + 1));
  }
}

/** @throws Error with what was answered, unless that is as it should be */
export function must(isRight: boolean, what: string, { status, location, text }: Answer): void {
  if (!isRight) throw new Error(`${what}: ${status} ${location ?? ''} ${text.slice(0, 300)}`);
}

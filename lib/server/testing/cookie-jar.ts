// Sends requests as a browser does that keeps cookies by name and path, and follows nothing by itself.

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
}

/** What a page of the app can pass to `fetch`. */
export interface AgentInit {
  /** Default GET. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text or a form goes as it is, anything else as JSON. */
  readonly body?: unknown;
}

export interface CookieJar {
  send(url: string, init?: AgentInit): Promise<Response>;
  /** The `Cookie` header for a URL. */
  header(url: string): string;
}

const covers = (path: string, pathname: string) => path === '/' || pathname === path || pathname.startsWith(`${path.replace(/\/$/, '')}/`);

function isOver(attributes: string): boolean {
  const age = /;\s*max-age=(-?\d+)/i.exec(attributes)?.[1];
  if (age !== undefined) return Number(age) <= 0;
  const expires = /;\s*expires=([^;]+)/i.exec(attributes)?.[1];
  return expires !== undefined && Date.parse(expires) <= Date.now();
}

function bodyOf(body: unknown): { readonly body?: string | URLSearchParams; readonly headers: Record<string, string> } {
  if (body === undefined) return { headers: {} };
  if (typeof body === 'string' || body instanceof URLSearchParams) return { body, headers: {} };
  return { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}

export function createCookieJar(): CookieJar {
  // Cookies know hosts and no ports: app and provider are told apart by their origins here, as by their names in life.
  const jars = new Map<string, Map<string, Cookie>>();

  function keep({ origin, pathname }: URL, lines: readonly string[]): void {
    const jar = jars.get(origin) ?? new Map<string, Cookie>();
    jars.set(origin, jar);
    for (const line of lines) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      const path = /;\s*path=([^;]+)/i.exec(line)?.[1] ?? pathname.slice(0, pathname.lastIndexOf('/') || 1);
      if (isOver(line)) jar.delete(`${name} ${path}`);
      else jar.set(`${name} ${path}`, { name, value, path });
    }
  }

  function header(url: string): string {
    const { origin, pathname } = new URL(url);
    const fitting = [...(jars.get(origin)?.values() ?? [])].filter(({ path }) => covers(path, pathname));
    return fitting.map(({ name, value }) => `${name}=${value}`).join('; ');
  }

  return {
    header,
    async send(url, { method = 'GET', headers = {}, body } = {}) {
      const cookie = header(url);
      const sent = bodyOf(body);
      const answer = await fetch(url, {
        method,
        redirect: 'manual',
        headers: { ...sent.headers, ...headers, ...(cookie === '' ? {} : { cookie }) },
        ...(sent.body === undefined ? {} : { body: sent.body }),
      });
      keep(new URL(url), answer.headers.getSetCookie());
      return answer;
    },
  };
}

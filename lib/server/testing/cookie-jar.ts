// Sends requests as a browser does: it keeps cookies by name and path, but follows no redirects.

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
}

/** The options of a request, as for `fetch`. */
export interface AgentInit {
  /** Default GET. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string or a form is sent as it is, anything else as JSON. */
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
  // Cookies ignore ports, so app and provider on one loopback host would share them: here jars are separate by origin.
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

// The request that the host's own strategy sees: made from our redirect URI and the provider's answer, without anything of the host's
// request.

import { Passport } from 'passport';

export interface Visit {
  /** As the authorization request spells it; protocol, host and path come from here and from no header. */
  readonly redirectUri: string;
  /** What the provider sent back; nothing on the way out. */
  readonly fields: Readonly<Record<string, string>>;
  /** By a form, else in the query. */
  readonly posted: boolean;
  /** Thrown away or kept with the flow: a flow must leave nothing in the host's own. */
  readonly session: Record<string, unknown>;
}

/** Older strategies look for the mark of `passport.initialize()`, and some for the Passport behind it. It knows no strategy and no user. */
const initialized = { instance: new Passport() };

/** As much of Express's request as strategies are known to read. */
export function standIn({ redirectUri, fields, posted, session }: Visit): object {
  const url = new URL(redirectUri);
  const isSecure = url.protocol === 'https:';
  if (!posted) url.search = new URLSearchParams(fields).toString();
  const headers: Readonly<Record<string, string>> = {
    host: url.host,
    ...(posted ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
  };
  const get = (name: string) => headers[name.toLowerCase()];
  const socket = { encrypted: isSecure };
  const path = url.pathname + url.search;
  return {
    method: posted ? 'POST' : 'GET',
    url: path,
    originalUrl: path,
    path: url.pathname,
    protocol: isSecure ? 'https' : 'http',
    secure: isSecure,
    hostname: url.hostname,
    host: url.host,
    headers,
    get,
    header: get,
    socket,
    connection: socket,
    query: posted ? {} : fields,
    body: posted ? fields : {},
    params: {},
    cookies: {},
    session,
    _passport: initialized,
  };
}

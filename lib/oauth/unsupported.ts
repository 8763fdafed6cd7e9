// What a provider may insist on, and we cannot do: told in the words of the specifications, before anybody is sent there.

const DPOP = 'the provider insists on DPoP (RFC 9449), which is not supported';

/** Members of a discovery document; `true` is the only value that insists. The last is no server's by the letter, but some say it. */
const INSISTENCE: Readonly<Record<string, string>> = {
  require_pushed_authorization_requests: 'the provider insists on pushed authorization requests (RFC 9126), which are not supported',
  require_signed_request_object: 'the provider insists on signed request objects (RFC 9101), which are not supported',
  dpop_bound_access_tokens: DPOP,
};

/** @throws Error */
export function assertSupported(document: Readonly<Record<string, unknown>>): void {
  const reason = Object.entries(INSISTENCE).find(([name]) => document[name] === true)?.[1];
  if (reason !== undefined) throw new Error(reason);
}

/**
 * RFC 9449, section 5, in an answer of the token endpoint. Where the proof is missing there is no code for it, so that only the
 * description tells; it decides what the operator reads, and nothing else.
 * @throws Error
 */
export function assertBearer({ error, error_description: description, token_type: type }: Readonly<Record<string, unknown>>): void {
  const refused = error !== undefined && /dpop/i.test(`${error} ${description}`);
  if (refused || (typeof type === 'string' && type.toLowerCase() === 'dpop')) throw new Error(DPOP);
}

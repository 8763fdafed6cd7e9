// Client id and secret in HTTP Basic, form-encoded first (RFC 6749, section 2.3.1).

const formEncode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1);

/** The value of the `Authorization` header. */
export function basicAuthorization(clientId: string, clientSecret: string): string {
  return `Basic ${Buffer.from(`${formEncode(clientId)}:${formEncode(clientSecret)}`).toString('base64')}`;
}

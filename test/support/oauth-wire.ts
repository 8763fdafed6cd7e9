// The small print of OAuth 2.0 as a test provider and its visitors read and write it.

import { createHash } from 'node:crypto';
import { Answer } from './http-answer.js';
import type { HttpAnswer } from './http-request.js';

type Fields = Readonly<Record<string, string>>;

/** RFC 6749, section 2.3.1: id and secret are form-encoded before they are joined. */
export function basicCredentials(header: string | undefined): readonly [string, string] | undefined {
  if (header === undefined || !/^basic /i.test(header)) return undefined;
  const [id = '', secret = ''] = Buffer.from(header.slice(6), 'base64').toString().split(':');
  const decode = (text: string) => decodeURIComponent(text.replaceAll('+', ' '));
  return [decode(id), decode(secret)];
}

/** RFC 7636, section 4.6. */
export function provesChallenge(request: Fields, verifier: string | undefined): boolean {
  if (request.code_challenge === undefined) return verifier === undefined;
  if (request.code_challenge_method !== 'S256' || verifier === undefined) return false;
  return createHash('sha256').update(verifier).digest('base64url') === request.code_challenge;
}

/** OAuth 2.0 Form Post Response Mode, section 2. */
export function formPost(target: string, fields: Fields): Answer {
  const inputs = Object.entries(fields).map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`);
  const form = `<form method="post" action="${target}">${inputs.join('')}</form>`;
  return new Answer(200, `<!doctype html>${form}<script>document.forms[0].submit()</script>`, { 'content-type': 'text/html' });
}

/** The parameters of an authorization answer, in a redirect or in a form. */
export function readRedirect({ status, headers, text }: Pick<HttpAnswer, 'status' | 'headers' | 'text'>): Fields {
  const location = headers.get('location');
  if (location !== null) return Object.fromEntries(new URL(location).searchParams);
  if (status !== 200) throw new Error(`The provider did not redirect: ${status} ${text}`);
  return Object.fromEntries([...text.matchAll(/name="([^"]*)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]));
}

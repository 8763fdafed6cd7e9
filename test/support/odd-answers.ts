// What no endpoint of a provider of plain OAuth 2.0 may answer.

import { Answer } from './http-answer.js';

type Json = Readonly<Record<string, unknown>>;
export type Hook = (honest: Json) => unknown;

export const json = (value: unknown) => new Answer(200, JSON.stringify(value), { 'content-type': 'application/json' });
const raw = (text: string) => new Answer(200, text, { 'content-type': 'application/json' });
export const html = (status = 200) => new Answer(status, '<html>Sorry</html>', { 'content-type': 'text/html' });

/** Who follows gets the honest answer. */
function awayOnce(): Hook {
  let gone = false;
  return (honest) => {
    if (gone) return honest;
    gone = true;
    return new Answer(307, '', { location: '?again' });
  };
}

/** What no endpoint of any provider may answer. */
export const ODD_ANSWERS: Readonly<Record<string, () => Hook>> = {
  null: () => () => json(null),
  'a list': () => () => json([]),
  'a list with the answer in it': () => (honest) => json([honest]),
  'a number': () => () => json(42),
  'a text': () => () => json('text'),
  true: () => () => json(true),
  'an empty object': () => () => json({}),
  HTML: () => () => html(),
  nothing: () => () => raw(''),
  'half of a JSON text': () => (honest) => raw(JSON.stringify(honest).slice(0, -9)),
  'a JSONP of null': () => () => raw('callback( null );'),
  'a JSONP without end': () => () => raw('callback( {"access_token":"a'),
  'bytes that are no text': () => () => raw('\0\x01\u{fffd}'),
  'status 500': () => () => html(500),
  'status 400 of a list': () => () => new Answer(400, '[]', { 'content-type': 'application/json' }),
  'status 204': () => () => new Answer(204),
  'status 201 of the honest answer': () => (honest) => new Answer(201, JSON.stringify(honest), { 'content-type': 'application/json' }),
  'an odd challenge': () => () => new Answer(401, '', { 'www-authenticate': 'Bearer realm="' }),
  'a redirect': awayOnce,
  'an error beside the rest': () => (honest) => json({ ...honest, error: 100016 }),
  'an error of an odd type beside the rest': () => (honest) => json({ ...honest, error: { toString: 1 } }),
};

export const WRONG_TOKENS: Readonly<Record<string, Json>> = {
  'no access token': { access_token: undefined },
  'an empty access token': { access_token: '' },
  'a number for an access token': { access_token: 42 },
  'null for an access token': { access_token: null },
  'a list for an access token': { access_token: ['a'] },
  'an access token with a line break': { access_token: 'one\r\nx: two' },
  'an access token with a letter beyond Latin': { access_token: 'tokén€' },
  'a number for a refresh token': { refresh_token: 42 },
  'a refresh token with a NUL': { refresh_token: 'a\0' },
};

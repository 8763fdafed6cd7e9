// A session by tokens: the access token is renewed when it is over, once for all calls that need it then.

import { CallError } from './answer.js';
import type { CloudreveToken } from './calls.js';

type Awaitable<T> = T | Promise<T>;

/** Where a pair of tokens is kept between calls, such as the key store of a phone. */
export interface TokenStore {
  read(): Awaitable<CloudreveToken | undefined>;
  /** Undefined: nobody is signed in any more. */
  write(token: CloudreveToken | undefined): Awaitable<void>;
}

/** For as long as the program runs. */
export function memoryTokens(token?: CloudreveToken): TokenStore {
  let kept = token;
  return {
    read: () => kept,
    write(next) {
      kept = next;
    },
  };
}

export interface TokenSession {
  /** The access token to sign with, renewed if it is over; undefined: nobody is signed in. @throws CallError */
  accessToken(): Promise<string | undefined>;
  /** After an answer that the access token is not taken any more: another one, if there is. @throws CallError */
  renewed(refused: string): Promise<string | undefined>;
  /** Keeps what a call brought. */
  note(route: string, data: unknown): Promise<void>;
}

/** So long before its end an access token is renewed, in milliseconds: a call takes its time. */
const EARLY_MS = 5_000;

const tokenIn = (data: unknown) => (data as { readonly token?: CloudreveToken } | undefined)?.token;

/** @param refresh the call that brings the next pair */
export function createTokenSession(store: TokenStore, refresh: (refreshToken: string) => Promise<CloudreveToken>): TokenSession {
  let running: Promise<CloudreveToken | undefined> | undefined;

  async function next(old: CloudreveToken): Promise<CloudreveToken | undefined> {
    try {
      const token = await refresh(old.refresh_token);
      await store.write(token);
      return token;
    } catch (error) {
      // Whatever else it is (no network, too many, down) may pass; this does not.
      const isOver = error instanceof CallError && error.code === 40020;
      if (isOver) await store.write(undefined);
      throw error;
    }
  }

  /** However many ask. */
  function renew(old: CloudreveToken): Promise<CloudreveToken | undefined> {
    running ??= next(old).finally(() => {
      running = undefined;
    });
    return running;
  }

  return {
    async accessToken() {
      const token = await store.read();
      if (token === undefined || Date.parse(token.access_expires) > Date.now() + EARLY_MS) return token?.access_token;
      return (await renew(token))?.access_token;
    },
    async renewed(refused) {
      const token = await store.read();
      if (token === undefined) return undefined;
      return token.access_token === refused ? (await renew(token))?.access_token : token.access_token;
    },
    async note(route, data) {
      const token = tokenIn(data);
      if (token !== undefined) await store.write(token);
      else if (route === 'DELETE /session/token') await store.write(undefined);
    },
  };
}

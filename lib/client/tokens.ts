// A session with tokens: an access token that has expired is renewed once for all calls that need it.

import { CallError } from './answer.js';
import type { CloudreveToken } from './calls.js';

type Awaitable<T> = T | Promise<T>;

/** Keeps a pair of tokens between calls, for example in the key store of a phone. */
export interface TokenStore {
  read(): Awaitable<CloudreveToken | undefined>;
  /** Replaces the pair. Undefined: nobody is signed in any more. */
  write(token: CloudreveToken | undefined): Awaitable<void>;
}

/** A store that keeps the tokens for as long as the program runs. */
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
  /** The access token to sign with, renewed if it has expired; undefined: nobody is signed in. @throws CallError */
  accessToken(): Promise<string | undefined>;
  /** Another access token after this one was refused; undefined: there is none. @throws CallError */
  renewed(refused: string): Promise<string | undefined>;
  /** Keeps the tokens that a call returned. */
  note(route: string, data: unknown): Promise<void>;
}

/** How long before it expires an access token is renewed, in milliseconds, because a call takes some time. */
const EARLY_MS = 5_000;

const tokenIn = (data: unknown) => (data as { readonly token?: CloudreveToken } | undefined)?.token;

/** @param refresh the call that returns the next pair */
export function createTokenSession(store: TokenStore, refresh: (refreshToken: string) => Promise<CloudreveToken>): TokenSession {
  let running: Promise<CloudreveToken | undefined> | undefined;

  async function next(old: CloudreveToken): Promise<CloudreveToken | undefined> {
    try {
      const token = await refresh(old.refresh_token);
      await store.write(token);
      return token;
    } catch (error) {
      // Any other failure (no network, too many calls, server down) may pass; this one does not.
      const isOver = error instanceof CallError && error.code === 40020;
      if (isOver) await store.write(undefined);
      throw error;
    }
  }

  /** Renews once for all callers that wait. */
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

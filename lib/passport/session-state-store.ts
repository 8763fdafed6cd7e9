// The state store of a strategy that is used alone: flows are kept in the browser's session, and each can be used once.

import { randomBytes } from 'node:crypto';
import type { Request } from 'express';
import type { FlowContext, StateStore, StoreCallback, StoreMeta, StoreVerifyCallback } from './state-store.js';

const TTL_MS = 10 * 60 * 1000;
/** Of one browser at a time, over all strategies; the oldest goes first. */
const MAX_FLOWS = 10;
const KEY = 'latchkey:flows';

interface Kept {
  readonly of: string;
  readonly context: FlowContext;
  readonly state?: unknown;
}

type Flows = Readonly<Record<string, Kept>>;

/** As much as express-session and its like have. */
interface SessionLike {
  [KEY]?: Flows;
  save?(done: (error?: unknown) => void): unknown;
}

function sessionOf(req: Request): SessionLike {
  const session: unknown = Reflect.get(req, 'session');
  if (typeof session !== 'object' || session === null)
    throw new TypeError('The strategy keeps its state in req.session: mount express-session before it, or pass it your own `store`');
  return session;
}

/** Said at once: express-session answers 200 also where saving at the end of the answer fails. */
function save(session: SessionLike, done: (error: Error | null) => void): void {
  if (typeof session.save !== 'function') {
    done(null);
    return;
  }
  session.save((error) =>
    done(error ? (error instanceof Error ? error : new Error('The session could not be saved', { cause: error })) : null),
  );
}

/** A state made for one strategy is none to another (RFC 9700, section 4.4). */
const ownerOf = ({ name, issuer, clientID, callbackURL }: StoreMeta) => JSON.stringify([name, issuer, clientID, callbackURL]);

const isAlive = ({ context }: Kept) => Date.now() - context.issued < TTL_MS;

const alive = (flows: Flows | undefined) => Object.entries(flows ?? {}).filter(([, kept]) => isAlive(kept));

/**
 * Sessions are read when a request comes and written when it ends, so two requests at once see the same flow: which of them
 * has it is settled in this process. Several processes have the provider besides, which takes a code once.
 */
export class SessionStateStore implements StateStore {
  private readonly taken = new Map<string, number>();

  store(req: Request, context: FlowContext, state: unknown, meta: StoreMeta, done: StoreCallback): void {
    const session = sessionOf(req);
    const handle = randomBytes(24).toString('base64url');
    const kept: Kept = { of: ownerOf(meta), context, ...(state === undefined ? {} : { state }) };
    session[KEY] = Object.fromEntries([...alive(session[KEY]).slice(1 - MAX_FLOWS), [handle, kept]]);
    save(session, (error) => (error === null ? done(null, handle) : done(error)));
  }

  verify(req: Request, handle: string, meta: StoreMeta, done: StoreVerifyCallback): void {
    const session = sessionOf(req);
    const [flows, found] = [alive(session[KEY]), new Map(alive(session[KEY])).get(handle)];
    if (found === undefined || found.of !== ownerOf(meta) || !this.claim(handle)) {
      done(null, false);
      return;
    }
    session[KEY] = Object.fromEntries(flows.filter(([key]) => key !== handle));
    save(session, (error) => (error === null ? done(null, found.context, found.state) : done(error)));
  }

  /** Handles that no session holds never come here, so it is as long as there were sign-ins in ten minutes. */
  private claim(handle: string): boolean {
    const now = Date.now();
    for (const [old, at] of this.taken) {
      if (now - at < TTL_MS) break;
      this.taken.delete(old);
    }
    if (this.taken.has(handle)) return false;
    this.taken.set(handle, now);
    return true;
  }
}

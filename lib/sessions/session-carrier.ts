// The request that a browser's session is attached to: the host's own if the host has express-session, else a stand-in.

import { randomBytes } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import session, { type Session, type SessionData, type Store } from 'express-session';
import type { OwnCookie } from '../http/own-cookie.js';
import { CarrierStore } from './carrier-store.js';
import { createSentSessions } from './sent-session.js';

/** Whom a session signs in, and by which sign-in; whether that still stands is the database's to say. */
export interface SessionContent {
  readonly userId: string;
  /** The id of the `Session` that the sign-in opened. */
  readonly sessionId: string;
  /** The host's own session signs the person in; this only tells when they last proved who they are. */
  readonly proofOnly?: boolean;
}

declare module 'express-session' {
  interface SessionData {
    latchkey?: SessionContent | undefined;
  }
}

/** What express-session finds and leaves on a request. */
export interface Carrier {
  session?: (Session & { latchkey?: SessionContent | undefined }) | undefined;
}

interface OwnSession {
  readonly ids: readonly (string | undefined)[];
  next: string | undefined;
}

export interface SessionCarrierOptions {
  readonly store: Store;
  readonly secret: string;
  readonly cookie: OwnCookie;
  readonly absoluteTtlMs: number;
  /** Told of what went wrong when the answer was already on its way. */
  onLateError(error: unknown): void;
}

export interface SessionCarriers {
  /**
   * What the session holds, without loading it where that has not been done: nothing can be changed in it.
   * @throws what the store throws
   */
  peek(req: Request): Promise<Partial<SessionData> | undefined>;
  /** Loads the session once per request. @throws what the store throws */
  of(req: Request, res: Response): Promise<Carrier>;
  /** The host's own express-session carries this request's session. */
  isHosts(req: Request): boolean;
  /** So it does, and no browser shows it on the way from another site (`SameSite=Strict`). */
  isStrict(req: Request): boolean;
  /** The next id that a session of ours gets will name its sign-in. */
  nameNext(carrier: Carrier, sessionId: string): void;
  /**
   * The sign-in that the browser's cookie names, also where its record is gone: another request may have given the session a new
   * id while this one was on its way. Undefined for a session of the host's.
   */
  namedBy(carrier: Carrier): string | undefined;
  /**
   * Tells that a session of ours was saved and will not change: express-session would write it once more when the answer ends,
   * and so bring back an id that another request may have replaced by then.
   */
  settle(carrier: Carrier): void;
}

export function createSessionCarriers(options: SessionCarrierOptions): SessionCarriers {
  const { cookie, absoluteTtlMs } = options;
  const own = new WeakMap<object, OwnSession>();
  // A session that was found has the id that the browser sent; any other got one here.
  const store = new CarrierStore(options.store, (req) => (own.get(req)?.ids.length ?? 0) > 1);
  const sentBy = createSentSessions({ store: options.store, secret: options.secret, cookieName: cookie.name });
  const load: RequestHandler = session({
    store,
    secret: options.secret,
    name: cookie.name,
    resave: false,
    saveUninitialized: false,
    // Whether a session is idle is for its row to say. Sent with every answer, the cookie of a slow one would overwrite a new id.
    rolling: false,
    proxy: false,
    genid: (req) => `${own.get(req)?.next ?? ''}~${randomBytes(24).toString('base64url')}`,
    cookie: { ...cookie.options, maxAge: absoluteTtlMs },
  });
  const carriers = new WeakMap<Request, Promise<Carrier>>();
  /** Other middleware may call its own thing `req.session`. */
  const isHosts = (req: Request) => typeof req.sessionID === 'string' && typeof (req as Carrier).session?.regenerate === 'function';

  /**
   * A stand-in, so that a session middleware that the host mounts further down finds its request untouched. It is taken for
   * encrypted where the public origin is: express-session sends no secure cookie over what it sees as plain http, and a
   * forwarding proxy is not ours to believe.
   */
  function standIn(req: Request): Carrier {
    const ids: (string | undefined)[] = [];
    // On a layer of its own: a destroyed session deletes the property, and what the host has there must not shine through.
    const withoutSession: object = Object.create(req, {
      session: { value: undefined, writable: true },
      // The first id is the one that the browser sent, its signature checked.
      sessionID: { get: () => ids.at(-1), set: (id) => void ids.push(id) },
    });
    const carrier = Object.create(withoutSession, {
      connection: { value: { encrypted: cookie.options.secure } },
      cookies: { value: undefined },
      signedCookies: { value: undefined },
    }) as Carrier;
    own.set(carrier, { ids, next: undefined });
    return carrier;
  }

  function isStrict(req: Request): boolean {
    const sameSite = isHosts(req) ? (req as Carrier).session?.cookie.sameSite : undefined;
    return sameSite === true || sameSite === 'strict';
  }

  async function open(req: Request, res: Response): Promise<Carrier> {
    if (isHosts(req) && !sentBy.isAsked(req)) return req as Carrier;
    const carrier = standIn(req);
    const sent = await sentBy.of(req);
    return await new Promise((resolve, reject) => {
      let opened = false;
      const settled = (error?: unknown) => {
        if (opened) return options.onLateError(error);
        opened = true;
        if (error === undefined) resolve(carrier);
        else reject(error);
      };
      store.handing(sent, () => void load(carrier as unknown as Request, res, settled));
    });
  }

  return {
    isHosts,
    isStrict,
    async peek(req) {
      const carrier = carriers.get(req);
      if (carrier !== undefined) return (await carrier).session;
      return isHosts(req) && !sentBy.isAsked(req) ? (req as Carrier).session : (await sentBy.of(req))?.record;
    },
    nameNext(carrier, sessionId) {
      const session = own.get(carrier);
      if (session !== undefined) session.next = sessionId;
    },
    namedBy: (carrier) => own.get(carrier)?.ids[0]?.split('~')[0] || undefined,
    settle(carrier) {
      const { session: saved } = carrier;
      const nothing = (done?: (error?: unknown) => void) => done?.();
      if (saved !== undefined && own.has(carrier)) Object.defineProperty(saved, 'save', { value: nothing, enumerable: false });
    },
    of(req, res) {
      const carrier = carriers.get(req) ?? open(req, res);
      carriers.set(req, carrier);
      return carrier;
    },
  };
}

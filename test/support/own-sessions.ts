// What an app with express-session of its own does with it: a login, a cart, and a look at what the session holds.

import express, { type Express, type RequestHandler } from 'express';
import session, { type SessionOptions } from 'express-session';
import { BrowserClient } from './client.js';
import type { HttpAnswer } from './http-request.js';
import { openTestHost, type TestHost, type TestHostOptions } from './test-host.js';

declare module 'express-session' {
  interface SessionData {
    userId?: number | undefined;
    since?: number | undefined;
    cart?: readonly string[] | undefined;
  }
}

/** The busiest way to set it up: every request writes, and nobody needs to be signed in. */
export function ownSession(more: Partial<SessionOptions> = {}): RequestHandler {
  return session({ name: 'host.sid', secret: 'the own secret of the host', resave: true, saveUninitialized: true, ...more });
}

/** Routes of the host that use every method of its session. */
export function ownSessionRoutes(app: Express): void {
  app.post('/login', express.json(), (req, res, next) => {
    req.session.regenerate((error) => {
      if (error) return next(error);
      req.session.userId = Number(req.body.id);
      req.session.since = Date.now();
      if (req.body.remember === true) req.session.cookie.maxAge = 30 * 86_400_000;
      req.session.save((failure) => (failure ? next(failure) : res.json({ userId: req.session.userId })));
    });
  });
  // Many a host does no more than this.
  app.post('/leave', (req, res) => {
    req.session.userId = undefined;
    res.json({});
  });
  app.post('/destroy', (req, res, next) => {
    req.session.destroy((error) => (error ? next(error) : res.json({})));
  });
  app.post('/cart/:thing', (req, res) => {
    req.session.cart = [...(req.session.cart ?? []), req.params.thing];
    res.json({ cart: req.session.cart });
  });
  app.get('/session', (req, res, next) => {
    req.session.reload((error) => {
      if (error) return next(error);
      const { userId, cart = [], cookie } = req.session;
      const lasts = cookie.originalMaxAge === null ? null : Math.round(cookie.originalMaxAge / 1000);
      res.json({ userId, cart, lasts, whole: req.session.id === req.sessionID && Object.hasOwn(req, 'session') });
    });
  });
}

/** With its session in front of the plugin, and two guarded routes that tell what they see: `/early` before us, `/private` behind. */
export function openSessionHost({ plugin, ...options }: Omit<TestHostOptions, 'before' | 'behind'>): Promise<TestHost> {
  return openTestHost({
    ...options,
    plugin: { currentUser: (req) => req.session.userId, ...plugin },
    before(app, { keys }) {
      app.use(ownSession());
      app.all('/early', keys.requireUser, (req, res) => void res.json({ user: req.user, cart: req.session.cart }));
    },
    behind(app, { keys }) {
      ownSessionRoutes(app);
      app.all('/private', keys.requireUser, (req, res) => void res.json({ user: req.user, cart: req.session.cart }));
    },
  });
}

/** The browser of somebody who may be signed in by the host's own form. */
export class HostBrowser extends BrowserClient {
  get sessionId(): string | undefined {
    return this.cookies.get('host.sid');
  }

  async login(id: number, more: object = {}): Promise<this> {
    const answer = await this.call('POST', '/login', { id, ...more });
    if (answer.status !== 200) throw new Error(`login: ${answer.status} ${answer.text}`);
    return this;
  }

  put(thing: string): Promise<HttpAnswer> {
    return this.call('POST', `/cart/${thing}`);
  }

  /** Somebody who has got hold of this browser's session id. */
  thief(): HostBrowser {
    const thief = new HostBrowser(this.base);
    for (const [name, value] of this.cookies) thief.cookies.set(name, value);
    return thief;
  }
}

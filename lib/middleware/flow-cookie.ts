// The secret that ties a flow to the browser that prepared it.

import { randomBytes } from 'node:crypto';
import { parse } from 'cookie';
import type { Request, Response } from 'express';
import { FLOW_TTL_MS } from '../accounts/flows.js';
import { ownCookie } from '../own-cookie.js';

export interface FlowCookie {
  /** This browser's secret, if it has one. */
  read(req: Request): string | undefined;
  /** This browser's secret, made and sent if need be: two tabs share one, so that neither ends the other's flow. */
  ensure(req: Request, res: Response): string;
}

const SECRET = /^[\w-]{43}$/;

export function createFlowCookie(baseUrl: string): FlowCookie {
  const { name, options } = ownCookie(baseUrl, 'flow');
  const read = (req: Request) => {
    const secret = parse(req.headers.cookie ?? '')[name];
    return secret !== undefined && SECRET.test(secret) ? secret : undefined;
  };
  return {
    read,
    ensure(req, res) {
      const secret = read(req) ?? randomBytes(32).toString('base64url');
      res.cookie(name, secret, { ...options, maxAge: FLOW_TTL_MS });
      return secret;
    },
  };
}

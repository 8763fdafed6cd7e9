// A handler that gives a promise: Express 4 looks at none, so whatever it is rejected with goes to `next` here.

import type { NextFunction, Request, RequestHandler, Response } from 'express';

export type AsyncHandler = (req: Request, res: Response, next: NextFunction) => unknown;

export function handleAsync(handle: AsyncHandler): RequestHandler {
  return async (req, res, next) => {
    try {
      await handle(req, res, next);
    } catch (error) {
      next(error);
    }
  };
}

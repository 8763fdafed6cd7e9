// Requests about an address that anybody may make without signing in: answered at once and alike, whoever has the address.

import type { Request, Response } from 'express';
import { factsOf } from '../lib/http/request-facts.js';
import type { Parts } from './parts.js';

export interface AddressRequests {
  /** A link to set a new password. @throws LatchkeyError `unavailable` */
  forgot(req: Request, res: Response, address: string): Promise<void>;
  /** The link that proves the address, again. @throws LatchkeyError `unavailable` */
  resend(req: Request, res: Response, address: string): Promise<void>;
}

export function createAddressRequests({ addresses, afterAnswer, mayMail, recovery, repository }: Parts): AddressRequests {
  /** The same question for every address, so that a database that is away is told of. */
  async function begin(address: string): Promise<boolean> {
    const allowed = await mayMail(address);
    await repository.findByAddress(address);
    return allowed;
  }

  return {
    async forgot(req, res, address) {
      const allowed = await begin(address);
      const { context } = factsOf(req);
      afterAnswer.run(req, res, () => recovery.forgot(address, allowed, context));
    },
    async resend(req, res, address) {
      const allowed = await begin(address);
      const { context } = factsOf(req);
      afterAnswer.run(req, res, () => addresses.resend(address, allowed, context));
    },
  };
}

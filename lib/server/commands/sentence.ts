// A thrown error as one sentence with what to do about it, and never a stack.

import { databaseFault, errorChain } from '../../../models/start-fault.js';
import { LatchkeyError } from '../../accounts/errors.js';
import { ConfigurationError } from '../../support/configuration-error.js';
import { isNotInstalled } from '../../support/optional-package.js';
import { Refusal } from './command.js';

/** What an operator reads: our own words where we have any, else the first line of the error's. */
export function sentenceOf(error: unknown): string {
  if (error instanceof ConfigurationError || error instanceof Refusal) return error.message;
  const fault = databaseFault(error);
  if (fault !== undefined) return `latchkey: ${fault}`;
  if ([...errorChain(error)].some((each) => isNotInstalled(each)))
    return 'latchkey: a module of the configuration is not installed: run `npm install` in the app';
  if (error instanceof LatchkeyError) return `latchkey: ${error.message}`;
  const [line = 'failed'] = error instanceof Error ? error.message.split('\n') : [];
  return `latchkey: ${line.slice(0, 500)}`;
}

// `latchkey doctor`: what is wrong now, and what a change of configuration would break.

import { configOf } from '../../plugin/config-of.js';
import { askIssuers, type IssuerAnswers } from '../ask-issuers.js';
import { type Diagnosis, diagnose } from '../doctor.js';
import type { Command, CommandAnswer, CommandInput } from './command.js';

function* inWords({ stranded, switchedOff, outbox }: Diagnosis, issuers: IssuerAnswers): Generator<string> {
  yield `now: ${stranded} user(s) without a sign-in method that works`;
  for (const [id, more] of Object.entries(switchedOff)) yield `${id} switched off: ${more} more user(s) would be stranded`;
  for (const { kind, waiting, givenUp, oldest } of outbox) {
    const since = oldest === undefined ? '' : `, the oldest since ${oldest.toISOString()}`;
    yield `outbox, ${kind}: ${waiting} waiting${since}, ${givenUp} given up`;
  }
  for (const [id, answer] of Object.entries(issuers)) yield `${id}: ${answer === 'ok' ? 'the provider answers' : answer}`;
}

/** Between two lines that say how far it is, in milliseconds: what takes no longer needs none. */
const PROGRESS_MS = 1_000;

async function run({ flags: { json, offline }, options, progress }: CommandInput): Promise<CommandAnswer> {
  const host = await options();
  const config = configOf(host);
  let told = performance.now();
  const onLooked = (users: number) => {
    if (performance.now() - told < PROGRESS_MS) return;
    told = performance.now();
    progress(`${users} users checked`);
  };
  const [found, issuers] = await Promise.all([diagnose(host, config, onLooked), offline ? {} : askIssuers(config)]);
  const isSick =
    found.stranded > 0 || found.outbox.some(({ givenUp }) => givenUp > 0) || Object.values(issuers).some((answer) => answer !== 'ok');
  return {
    lines: json ? [JSON.stringify({ healthy: !isSick, ...found, issuers })] : [...inWords(found, issuers)],
    code: isSick ? 1 : 0,
  };
}

export const doctorCommand: Command = {
  usage: 'doctor [--offline] [--json]',
  about:
    'how many users have no way in, and how many more would have none without each provider; what the outbox gave up; whether the OpenID providers answer (exit code 1: something found)',
  takes: ['json', 'offline'],
  words: [0, 0],
  run,
};

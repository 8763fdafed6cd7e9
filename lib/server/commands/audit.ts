// `latchkey audit`: the last audit rows, one JSON object per line.

import { openOperator } from '../../plugin/operator.js';
import { durationMs } from '../../support/duration.js';
import { recentEvents } from '../recent-events.js';
import { type Command, type CommandAnswer, type CommandInput, UsageError } from './command.js';

const ROWS = 20;
/** With `--since`, so that no table fills the memory. */
const MOST_ROWS = 100_000;

function limitOf(limit: string | undefined, since: string | undefined): number {
  if (limit === undefined) return since === undefined ? ROWS : MOST_ROWS;
  const rows = /^\d{1,6}$/.test(limit) ? Number(limit) : 0;
  if (rows < 1 || rows > MOST_ROWS) throw new UsageError(`--limit: expected a whole number from 1 to ${MOST_ROWS}`);
  return rows;
}

async function run({ flags: { user, since, limit }, options }: CommandInput): Promise<CommandAnswer> {
  const rows = limitOf(limit, since);
  const age = since === undefined ? undefined : durationMs(since);
  if (since !== undefined && age === undefined) throw new UsageError('--since: expected a duration with its unit, such as 90m, 12h or 1d');
  const host = await options();
  // Whoever was deleted has rows still: an id is taken as it is.
  const userId = user === undefined || !user.includes('@') ? user : (await openOperator(host).find(user)).account.user.id;
  const events = await recentEvents(host, { limit: rows, userId, since: age === undefined ? undefined : new Date(Date.now() - age) });
  return { lines: events.map((row) => JSON.stringify(row)) };
}

export const auditCommand: Command = {
  usage: 'audit [--user ID] [--since 1d] [--limit 20] [--json]',
  about: 'the last audit rows, oldest first, one JSON object per line with or without --json (ID: id or address)',
  takes: ['json', 'user', 'since', 'limit'],
  words: [0, 0],
  run,
};

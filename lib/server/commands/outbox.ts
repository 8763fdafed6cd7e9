// `latchkey outbox`: messages that wait or were given up.

import { openStorage } from '../../plugin/storage.js';
import { type Command, type CommandAnswer, type CommandInput, Refusal, UsageError } from './command.js';

const ROWS = 1_000;

async function run({ words: [verb = '', id], flags: { json }, options }: CommandInput): Promise<CommandAnswer> {
  if (!['list', 'retry', 'drop'].includes(verb) || (verb === 'list' && id !== undefined))
    throw new UsageError('expected `outbox list`, `outbox retry [ID]` or `outbox drop [ID]`');
  const { sequelize, users, tablePrefix } = await options();
  const { outboxDesk } = openStorage({ sequelize, users, tablePrefix });
  if (verb === 'list') {
    const rows = await outboxDesk.list(ROWS);
    const lines = rows.map((row) =>
      json
        ? JSON.stringify(row)
        : `${row.id} ${row.kind} ${row.state}, ${row.attempts} attempt(s), since ${row.createdAt.toISOString()}${row.lastError === undefined ? '' : `: ${row.lastError}`}`,
    );
    return { lines, code: rows.some(({ state }) => state === 'given up') ? 1 : 0 };
  }
  const count = await (verb === 'retry' ? outboxDesk.retry(id) : outboxDesk.drop(id));
  if (id !== undefined && count === 0)
    throw new Refusal('latchkey: no message with this id waits, or it is being sent just now: see `latchkey outbox list`');
  const done = verb === 'retry' ? 'due again' : 'dropped';
  return { lines: [json ? JSON.stringify({ [verb === 'retry' ? 'retried' : 'dropped']: count }) : `${count} message(s) ${done}`] };
}

export const outboxCommand: Command = {
  usage: 'outbox list | outbox retry [ID] | outbox drop [ID]',
  about: 'messages that wait or were given up; without an ID, retry and drop take those that were given up',
  takes: ['json'],
  words: [1, 2],
  run,
};

// `latchkey user`: what is known about a user, and help for a user who needs it.

import type { SessionRecord } from '../../accounts/session-ports.js';
import { methodId } from '../../accounts/usable-methods.js';
import { type FoundAccount, type Operator, openOperator } from '../../plugin/operator.js';
import { type Command, type CommandAnswer, type CommandInput, UsageError } from './command.js';

function shown({ account: { user, links }, methods }: FoundAccount) {
  const counts = (provider: string) => methods.some(({ id }) => id === methodId({ kind: 'link', provider }));
  return {
    id: user.id,
    email: user.email ?? null,
    emailVerified: user.emailVerified,
    nickname: user.nickname,
    status: user.status,
    methods: methods.map(({ id }) => id),
    links: links.map(({ provider, linkedAt, lastUsedAt }) => ({
      provider,
      linkedAt: linkedAt.toISOString(),
      lastUsedAt: lastUsedAt?.toISOString() ?? null,
      counts: counts(provider),
    })),
  };
}

function* inWords({ id, email, emailVerified, nickname, status, methods, links }: ReturnType<typeof shown>): Generator<string> {
  yield `user ${id}: ${JSON.stringify(nickname)}, ${email ?? 'no address'}${email === null || emailVerified ? '' : ' (not proven)'}, ${status}`;
  yield `signs in by: ${methods.length === 0 ? 'nothing that works now' : methods.join(', ')}`;
  for (const { provider, linkedAt, lastUsedAt, counts } of links)
    yield `${provider}: linked ${linkedAt}, last used ${lastUsedAt ?? 'never'}${counts ? '' : ', does not count'}`;
}

const sessionRow = ({ id, kind, ip, userAgent, createdAt, lastSeenAt }: SessionRecord) => ({
  id,
  kind: kind ?? null,
  ip: ip ?? null,
  userAgent: userAgent ?? null,
  openedAt: createdAt.toISOString(),
  lastActiveAt: lastSeenAt.toISOString(),
});

async function sessions(operator: Operator, { account }: FoundAccount, { json, end }: CommandInput['flags']): Promise<CommandAnswer> {
  if (end) {
    const ended = await operator.endSessions(account);
    return { lines: [json ? JSON.stringify({ ended }) : `${ended} session(s) ended`] };
  }
  const rows = (await operator.sessions(account)).map(sessionRow);
  const inWord = (row: (typeof rows)[number]) =>
    `${row.id} ${row.kind ?? '-'} opened ${row.openedAt}, last active ${row.lastActiveAt}, ${row.ip ?? '-'}`;
  return { lines: rows.map((row) => (json ? JSON.stringify(row) : inWord(row))) };
}

async function run({ words: [verb = '', id = '', provider, ...rest], flags, options }: CommandInput): Promise<CommandAnswer> {
  if (!['show', 'unlink', 'sessions'].includes(verb))
    throw new UsageError('expected `user show ID`, `user unlink ID PROVIDER` or `user sessions ID`');
  if (id === '' || (verb === 'unlink') !== (provider !== undefined) || rest.length > 0)
    throw new UsageError(verb === 'unlink' ? 'expected `user unlink ID PROVIDER`' : `expected \`user ${verb} ID\``);
  if (flags.end && verb !== 'sessions') throw new UsageError('--end belongs to `user sessions ID`');
  const operator = openOperator(await options());
  const found = await operator.find(id);
  if (verb === 'sessions') return await sessions(operator, found, flags);
  if (provider !== undefined) {
    await operator.links.unlink(found.account.user.id, provider);
    return { lines: [flags.json ? JSON.stringify({ unlinked: provider }) : `${provider} unlinked from user ${found.account.user.id}`] };
  }
  const user = shown(found);
  // Nobody should be without: exit code 1 lets a script see it.
  return { lines: flags.json ? [JSON.stringify(user)] : [...inWords(user)], code: user.methods.length === 0 ? 1 : 0 };
}

export const userCommand: Command = {
  usage: 'user show ID | user unlink ID PROVIDER | user sessions ID [--end]',
  about:
    'show a user with every way in; unlink under the guard, which never removes the last way in; list or end sessions (ID: id or address)',
  takes: ['json', 'end'],
  words: [2, 3],
  run,
};

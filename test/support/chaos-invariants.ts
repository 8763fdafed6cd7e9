// What must be true of the database at every moment, whatever fails meanwhile.

import { QueryTypes, type Sequelize, Transaction } from 'sequelize';
import type { Member } from './chaos-people.js';

interface Kept {
  readonly links: ReadonlyMap<string, number>;
  readonly audited: ReadonlyMap<string, number>;
  readonly mailed: ReadonlyMap<string, number>;
  readonly broken: readonly string[];
}

const EVENTS: Readonly<Record<string, string>> = { 'auth.oauth.link.success': 'linked', 'auth.oauth.unlink.success': 'unlinked' };

function counted(keys: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

/** One moment of the whole database. */
async function keptIn(database: Sequelize): Promise<Kept> {
  return await database.transaction({ isolationLevel: Transaction.ISOLATION_LEVELS.REPEATABLE_READ }, async (transaction) => {
    const select = (sql: string) => database.query<Record<string, unknown>>(sql, { type: QueryTypes.SELECT, transaction });
    const links = await select('SELECT u.email, l.provider, l.subject FROM social_links l JOIN users u ON u.id = l.user_id');
    const audited = await select(`SELECT u.email, a.event, a.provider FROM audit_events a JOIN users u ON u.id = a.user_id
      WHERE a.event IN ('auth.oauth.link.success', 'auth.oauth.unlink.success')`);
    const messages = await select('SELECT message FROM outbox_messages');
    const stranded = await select(`SELECT u.email FROM users u LEFT JOIN social_links l ON l.user_id = u.id
      WHERE u.password_hash IS NULL AND l.id IS NULL`);
    const owners = counted(links.map(({ provider, subject }) => `${provider} ${subject}`));
    const mails = messages.map(({ message }) => JSON.parse(String(message))).filter(({ template }) => /^(?:un)?linked$/.test(template));
    return {
      links: counted(links.map(({ email, provider }) => `${email} ${provider}`)),
      audited: counted(audited.map(({ email, event, provider }) => `${EVENTS[String(event)]} ${email} ${provider}`)),
      mailed: counted(mails.map(({ template, to, data }) => `${template} ${to} ${data.provider}`)),
      broken: [
        ...stranded.map(({ email }) => `${email} has no way in`),
        ...[...owners].filter(([, count]) => count > 1).map(([identity]) => `${identity} has several owners`),
      ],
    };
  });
}

/**
 * Everything that is wrong at this moment. Of every person and provider: what was linked less what was unlinked is what is there,
 * and each of both has one audit row and one mail.
 */
export async function brokenIn(database: Sequelize, members: readonly Member[]): Promise<readonly string[]> {
  const { links, audited, mailed, broken } = await keptIn(database);
  const found = [...broken];
  for (const { email } of members) {
    for (const provider of ['google', 'oidc']) {
      const of = (word: string) => audited.get(`${word} ${email} ${provider}`) ?? 0;
      for (const word of ['linked', 'unlinked']) {
        const mails = mailed.get(`${word} ${email} ${provider}`) ?? 0;
        if (mails !== of(word)) found.push(`${email} ${word} ${provider}: ${of(word)} audit rows and ${mails} mails`);
      }
      const there = links.get(`${email} ${provider}`) ?? 0;
      if (of('linked') - of('unlinked') !== there)
        found.push(`${email} ${provider}: linked ${of('linked')}, unlinked ${of('unlinked')}, there ${there}`);
    }
  }
  return found;
}

/** Unlinks as people were told of them, against those that were written down; asked when nobody calls any more. */
export async function untoldIn(database: Sequelize, members: readonly Member[]): Promise<readonly string[]> {
  const { audited } = await keptIn(database);
  return members.flatMap(({ email, unlinks }) =>
    [...unlinks].flatMap(([provider, { done, unsure }]) => {
      const happened = audited.get(`unlinked ${email} ${provider}`) ?? 0;
      const fits = done <= happened && happened <= done + unsure;
      return fits ? [] : [`${email} ${provider}: ${done} told done, ${unsure} unsure, ${happened} written down`];
    }),
  );
}

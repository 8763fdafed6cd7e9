// Makes a new user that the table accepts: an optional value (name, language) that it refuses is shortened, dropped or made unique, and
// tried again in a new transaction, because PostgreSQL accepts no further statement in one that failed.

import type { Sequelize } from 'sequelize';
import { LatchkeyError } from '../lib/accounts/errors.js';
import { inFewerCharacters, inFewerLetters, inFewerRules, withNumber } from '../lib/accounts/plainer-names.js';
import type { NewUser } from '../lib/accounts/ports.js';
import { ConstraintViolation } from '../lib/accounts/until-settled.js';
import { type Refusal, type RefusalReason, refusalOf } from './refusals.js';
import { tableColumns } from './refused-columns.js';
import type { NewUserRow, UserMapping } from './user-mapping.js';

/** What an attempt changes of the user that was asked for. */
export type Fit = (user: NewUser) => NewUserRow;

/** The table refused the row of a new user; the transaction is lost. */
class RowRefused extends Error {
  constructor(
    readonly refusal: Refusal,
    readonly asked: NewUser,
    readonly tried: NewUserRow,
    cause: unknown,
  ) {
    super('The table refused the new user', { cause });
  }
}

/** Attempts with one user, and how long they go on, in milliseconds: the person waits for all of them. */
const ATTEMPTS = 10;
const PATIENCE_MS = 4_000;
/** A taken value of another column than the name's hangs on the name by then, or not at all. */
const ATTEMPTS_ELSEWHERE = 3;
/** Longer names than ours are no names. */
const LONGEST = 255;

export interface FittingUsers {
  /** Runs `attempt` until the table takes its user. @throws LatchkeyError `sign_up_refused`, ConstraintViolation for what another has */
  fitting<T>(attempt: (fit: Fit) => Promise<T>): Promise<T>;
  /** @throws RowRefused, which `fitting` settles */
  insert(asked: NewUser, fit: Fit, insert: (row: NewUserRow) => Promise<string>): Promise<string>;
  /** A database that is not strict stores what fits, which may be another's address. @throws RowRefused */
  assertStored(asked: NewUser, stored: { readonly email: string | undefined }): void;
}

const SAID: Readonly<Record<RefusalReason, string>> = {
  taken: "has somebody else's value",
  missing: 'has no value, and does not allow NULL',
  too_long: 'does not take a value that long',
  characters: 'lacks some of these characters in its character set',
  invalid: 'does not take this value',
  reference: 'refers to a row that is not there',
};

const asAsked: Fit = (user) => ({ user, without: [] });

/** Cut, or with another character for those that the column lacks; a host's own spelling of it is neither. */
function isMangled(stored: string, asked: string): boolean {
  if (stored.length < asked.length) return asked.startsWith(stored);
  return stored.includes('?') && new RegExp(`^${asked.replace(/[^\w@]/g, '[^]{1,2}')}$`, 'i').test(stored) && !asked.includes('?');
}

export function createFittingUsers(sequelize: Sequelize, users: UserMapping): FittingUsers {
  const columns = tableColumns(sequelize, users.model);
  const [email, emailKey, id, nickname, language] = (['email', 'emailKey', 'id', 'nickname', 'language'] as const).map(users.attribute);

  function refused({ refusal, cause }: RowRefused, about: readonly string[]): Error {
    const names = about.length > 0 ? about : refusal.names;
    const where = names.length === 0 ? 'a column that the database does not name' : names.map((name) => `"${name}"`).join(', ');
    const detail = `users: ${where} ${SAID[refusal.reason]}`;
    if (refusal.reason !== 'taken') return new LatchkeyError('sign_up_refused', { detail, cause });
    // Whose it is may be this very person, whose other sign-in was faster: that is read again first.
    const isAddress = about.some((name) => name === email || name === emailKey);
    return new ConstraintViolation(detail, { cause, settlesAs: isAddress ? 'email_taken' : 'sign_up_refused' });
  }

  /** PostgreSQL names no column for a text that is too long or in other letters. */
  async function suspects({ refusal, asked, tried }: RowRefused): Promise<readonly string[]> {
    const about = await columns.attributesOf(refusal.names);
    if (about.length > 0) return about;
    const isTooMuch = async (attribute: string | undefined, value: string | undefined) => {
      if (attribute === undefined || value === undefined || tried.without.some((fact) => users.attribute(fact) === attribute)) return false;
      if (refusal.reason === 'characters') return /\P{ASCII}/u.test(value);
      return refusal.reason === 'too_long' && [...value].length > ((await columns.lengthOf(attribute)) ?? Number.POSITIVE_INFINITY);
    };
    const decoration = [
      ...((await isTooMuch(nickname, tried.user.nickname)) ? [nickname] : []),
      ...((await isTooMuch(language, tried.user.language)) ? [language] : []),
    ];
    const all = decoration.length > 0 ? decoration : (await isTooMuch(email, asked.email)) ? [email] : [];
    return all.filter((attribute) => attribute !== undefined);
  }

  const lengthFor = async (about: readonly string[]) => {
    const lengths = await Promise.all([...about, ...(nickname === undefined ? [] : [nickname])].map(columns.lengthOf));
    return Math.min(LONGEST, ...lengths.filter((length) => length !== undefined));
  };

  /** What the name could be instead; none that was refused before. */
  async function otherName({ refusal, asked, tried }: RowRefused, about: readonly string[], before: ReadonlySet<string>) {
    const length = await lengthFor(about);
    const { nickname: now } = tried.user;
    const ways = {
      taken: () => [withNumber(now, length)],
      too_long: () => inFewerLetters(now, length),
      characters: () => inFewerCharacters(now),
      invalid: () => inFewerRules(asked.nickname, length),
      missing: () => [],
      reference: () => [],
    };
    return ways[refusal.reason]().find((name) => !before.has(name));
  }

  /** Undefined where nothing that may be changed would help. */
  async function next(failed: RowRefused, about: readonly string[], before: ReadonlySet<string>): Promise<NewUserRow | undefined> {
    const { user, without } = failed.tried;
    if (about.some((attribute) => attribute === email || attribute === emailKey || attribute === id)) return undefined;
    if (failed.refusal.reason === 'missing' || failed.refusal.reason === 'reference') return undefined;
    if (about.includes(language ?? '') && !without.includes('language')) {
      const [primary = ''] = user.language.split('-');
      return primary !== '' && primary !== user.language
        ? { user: { ...user, language: primary }, without }
        : { user, without: [...without, 'language'] };
    }
    if (without.includes('nickname')) return undefined;
    // Where nobody says which it is, the language is missed less than the name.
    const mayBeLanguage = about.length === 0 && failed.refusal.reason === 'invalid' && language !== undefined;
    if (mayBeLanguage && !without.includes('language')) return { user, without: [...without, 'language'] };
    const name = await otherName(failed, about, before);
    if (name !== undefined) return { user: { ...user, nickname: name }, without };
    // A column of the host's own that is named hangs on the name, if on anything; one that nobody names may be the language.
    if (about.length === 0 && !without.includes('language')) return { user, without: [...without, 'language'] };
    return about.includes(nickname ?? '') ? { user, without: [...without, 'nickname'] } : undefined;
  }

  return {
    async fitting(attempt) {
      const until = Date.now() + PATIENCE_MS;
      const before = new Set<string>();
      let fit = asAsked;
      let meant: Error | undefined;
      let elsewhere = 0;
      for (let attempts = 1; ; attempts += 1) {
        try {
          return await attempt(fit);
        } catch (error) {
          if (!(error instanceof RowRefused)) throw error;
          const about = await suspects(error);
          before.add(error.tried.user.nickname);
          // Where the table does not do without what was left out for it, the reason to leave it out stands.
          if (error.refusal.reason !== 'missing' || meant === undefined) meant = refused(error, about);
          const isElsewhere = error.refusal.reason === 'taken' && about.length > 0 && !about.includes(nickname ?? '');
          if (isElsewhere) elsewhere += 1;
          const mayGoOn = attempts < ATTEMPTS && elsewhere < ATTEMPTS_ELSEWHERE;
          const row = mayGoOn ? await next(error, about, before) : undefined;
          if (row === undefined) throw meant;
          if (Date.now() > until) throw new LatchkeyError('unavailable', { detail: 'database: no row was taken in time', cause: error });
          fit = ({ email, emailVerified, passwordHash }) => ({
            user: { ...row.user, email, emailVerified, ...(passwordHash === undefined ? {} : { passwordHash }) },
            without: row.without,
          });
        }
      }
    },
    async insert(asked, fit, insert) {
      const tried = fit(asked);
      try {
        return await insert(tried);
      } catch (error) {
        const refusal = refusalOf(error);
        throw refusal === undefined ? error : new RowRefused(refusal, asked, tried, error);
      }
    },
    assertStored(asked, stored) {
      if (asked.email === undefined || stored.email === undefined || !isMangled(stored.email, asked.email)) return;
      const reason = stored.email.length < asked.email.length ? 'too_long' : 'characters';
      throw new RowRefused({ reason, names: [email ?? 'email'] }, asked, asAsked(asked), undefined);
    },
  };
}

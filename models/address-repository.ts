// Who has an address, and the mailed links that prove one, over SQL: a delete that reports its count decides who used a link.

import { createHash } from 'node:crypto';
import type { Sequelize, Transaction } from 'sequelize';
import type { AddressRepository, LockedAddress, NewProof, Proof, ProofPurpose } from '../lib/accounts/address-ports.js';
import { emailKey } from '../lib/accounts/keys.js';
import type { LockedAccount } from '../lib/accounts/ports.js';
import { ConstraintViolation } from '../lib/accounts/until-settled.js';
import type { AccountQuery } from './account-query.js';
import type { SqlAccountRepository } from './account-repository.js';
import { keyBytes } from './binary-keys.js';
import { boundSql, insertOrReplace, type Raw } from './bound-sql.js';
import type { Models } from './define-models.js';
import { quoting } from './quoting.js';
import { readable } from './readable.js';
import { fromMillis, toMillis } from './times.js';
import type { Transactions } from './transactions.js';
import type { UserMapping } from './user-mapping.js';

export interface AddressRepositoryOptions {
  readonly sequelize: Sequelize;
  readonly models: Models;
  readonly users: UserMapping;
  readonly query: AccountQuery;
  readonly transactions: Transactions;
  readonly accounts: SqlAccountRepository;
}

const COLUMNS = {
  slot: '$slot',
  purpose: '$purpose',
  token_hash: '$tokenHash',
  user_id: '$userId',
  address: '$address',
  asks_password: '$asksPassword',
  expires_at: '$expiresAt',
} as const;

/** Each is then a short transaction of its own, and the next turn takes the next. */
const FORSAKEN_AT_ONCE = 100;

/** There is one proof in a slot: a newer one takes the place of the older. */
function slotOf(purpose: ProofPurpose, key: string): string {
  return createHash('sha256').update(`${purpose}\n${key}`).digest('hex');
}

const signUpSlot = (address: string) => slotOf('sign_up', emailKey(address));

function toProof(row: Raw): Proof {
  return {
    purpose: String(row.purpose) as ProofPurpose,
    userId: String(row.user_id),
    address: String(row.address),
    asksPassword: Number(row.asks_password) === 1,
    expiresAt: fromMillis(row.expires_at),
  };
}

export function createAddressRepository(options: AddressRepositoryOptions): AddressRepository {
  const { sequelize, models, users, query, transactions, accounts } = options;
  const { select, write } = boundSql(sequelize);
  const proofs = quoting(sequelize).table(models.AddressProof);
  const read = readable(sequelize);
  const owner = read.column(models.AddressProof, 'userId', 'user_id');
  const SELECTED = `purpose, ${owner} AS user_id, address, ${read.number('asks_password')} AS asks_password, ${read.number('expires_at')} AS expires_at`;
  const FIND = `SELECT ${SELECTED} FROM ${proofs} WHERE token_hash = $tokenHash`;
  const FIND_SIGN_UP = `SELECT ${SELECTED} FROM ${proofs} WHERE slot = $slot`;
  const RIVALS = `SELECT ${quoting(sequelize).column('id')} AS id FROM ${quoting(sequelize).table(users.model)} WHERE email_hash = $key
    UNION ALL SELECT ${owner} AS id FROM ${proofs} WHERE slot = $slot`;
  const KEEP = insertOrReplace(sequelize, proofs, 'slot', COLUMNS);
  const INSERT = `INSERT INTO ${proofs} (${Object.keys(COLUMNS).join(', ')}) VALUES (${Object.values(COLUMNS).join(', ')})`;
  const TAKE = `DELETE FROM ${proofs} WHERE token_hash = $tokenHash AND expires_at > $now`;
  const FORSAKEN = `SELECT ${SELECTED}, token_hash FROM ${proofs}
    WHERE purpose = 'sign_up' AND expires_at <= $before ORDER BY expires_at LIMIT ${FORSAKEN_AT_ONCE}`;
  const DROP = `DELETE FROM ${proofs} WHERE token_hash = $tokenHash AND expires_at <= $now`;
  const FORGET = `DELETE FROM ${proofs} WHERE slot = $slot`;
  const END = `DELETE FROM ${proofs} WHERE user_id = $userId`;

  function rowOf({ purpose, userId, address, asksPassword, expiresAt, tokenHash }: NewProof) {
    const slot = purpose === 'sign_up' ? signUpSlot(address) : slotOf(purpose, userId);
    const values = { userId: users.readId(userId), asksPassword: asksPassword ? 1 : 0, expiresAt: toMillis(expiresAt) };
    return { slot, purpose, tokenHash, address, ...values };
  }

  async function signUpAt(address: string, transaction?: Transaction): Promise<Proof | undefined> {
    const [row] = await select(FIND_SIGN_UP, { slot: signUpSlot(address) }, transaction);
    return row === undefined ? undefined : toProof(row);
  }

  /** A host's row stands in its table as any other does, also while its address is still to be proven. */
  async function holdersOf(address: string, transaction?: Transaction) {
    const having = await query.byAddress(address, transaction);
    if (users.ownUsers || having.length === 0) return having;
    const pending = (await signUpAt(address, transaction))?.userId;
    return having.filter(({ id }) => id !== pending);
  }

  /** Our own users' rows have the address' key only where it is theirs, so that one statement finds all. */
  async function rivalsOf(address: string, transaction?: Transaction): Promise<readonly string[]> {
    if (users.ownUsers) {
      const rows = await select(RIVALS, { key: keyBytes(emailKey(address)), slot: signUpSlot(address) }, transaction);
      return rows.map(({ id }) => String(id));
    }
    const holders = await holdersOf(address, transaction);
    const pending = (await signUpAt(address, transaction))?.userId;
    return [...holders.map(({ id }) => id), ...(pending === undefined ? [] : [pending])];
  }

  function withAddress(locked: LockedAccount, transaction: Transaction): LockedAddress {
    const { id } = locked.account.user;

    async function releaseAddress({ nobodys }: { readonly nobodys: boolean }): Promise<void> {
      const gone = { email: null, emailVerified: false, passwordHash: null } as const;
      await users.update(id, nobodys ? { ...gone, status: 'inactive' } : { email: null, emailVerified: false }, transaction);
      await write(END, { userId: users.readId(id) }, transaction);
    }

    return {
      ...locked,
      takeAddress: (email) => users.update(id, { email, emailVerified: true, status: 'active' }, transaction),
      withholdAddress: () => users.update(id, { email: null }, transaction),
      releaseAddress,
      forsake: () => (users.ownUsers ? users.remove(id, transaction) : releaseAddress({ nobodys: true })),
    };
  }

  return {
    async findProof(tokenHash) {
      const [row] = await transactions.read(() => select(FIND, { tokenHash }));
      return row === undefined ? undefined : toProof(row);
    },
    async forsakenSince(date) {
      const rows = await transactions.read(() => select(FORSAKEN, { before: toMillis(date) }));
      return rows.map((row) => ({ ...toProof(row), tokenHash: String(row.token_hash) }));
    },
    holdersOf: (address) => transactions.read(() => holdersOf(address)),
    rivalsOf: (address) => transactions.read(() => rivalsOf(address)),
    async pendingOf(address) {
      const proof = await transactions.read(() => signUpAt(address));
      const found = proof && (await accounts.findAccount(proof.userId));
      return proof && found && { account: found.account, asksPassword: proof.asksPassword };
    },
    claiming: (userIds, work, sessionId) =>
      accounts.lockedAll(userIds, { sessionId }, (held, transaction) =>
        work({
          ...held,
          account(userId) {
            const locked = held.accounts.get(userId);
            if (locked === undefined) throw new ConstraintViolation('an address has changed hands');
            return withAddress(locked, transaction);
          },
          holdersOf: (address) => holdersOf(address, transaction),
          rivalsOf: (address) => rivalsOf(address, transaction),
          pendingOf: async (address) => (await signUpAt(address, transaction))?.userId,
          async keepProof(proof) {
            await write(KEEP, rowOf(proof), transaction);
          },
          async keepFirstProof(proof) {
            const row = rowOf(proof);
            const left = await signUpAt(proof.address, transaction);
            // Of somebody whom the host has deleted without a word.
            if (left !== undefined && (await query.byId(left.userId, {}, transaction)) === undefined)
              await write(FORGET, { slot: row.slot }, transaction);
            await write(INSERT, row, transaction);
          },
          takeProof: async (tokenHash) => (await write(TAKE, { tokenHash, now: Date.now() }, transaction)) === 1,
          dropProof: async (tokenHash) => (await write(DROP, { tokenHash, now: Date.now() }, transaction)) === 1,
          async endProofs(userId) {
            await write(END, { userId: users.readId(userId) }, transaction);
          },
        }),
      ),
  };
}

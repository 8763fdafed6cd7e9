// What a host says of its own table of users.

import type { Transaction } from 'sequelize';
import type { NewUser } from '../lib/accounts/ports.js';
import type { User } from '../lib/accounts/types.js';
import type { Row, Table } from './define-models.js';

/** The attributes of a user that the product can read; the host names those it has. */
export interface UserAttributes {
  /** Default: the model's primary key. */
  readonly id?: string;
  /** The address a password sign-in asks for, and notices go to. Default `email`. */
  readonly email?: string;
  /** Null or empty where there is no password. Default: none, so no password counts. */
  readonly passwordHash?: string;
  readonly emailVerified?: string;
  readonly nickname?: string;
  readonly language?: string;
  /** `active`, `inactive`, `manual_banned` or `sys_banned`. Default: everyone is active. */
  readonly status?: string;
  /** When the row was made, which never changes: somebody is told by it from whoever had the same id before. Default: nobody can tell. */
  readonly createdAt?: string;
}

export interface HostUsers extends UserAttributes {
  /** The host's own model, on the Sequelize instance that is passed. */
  readonly model: Table;
  /**
   * Values for columns of the host's that a new user must have besides those named here, or a function of the new user that
   * gives them. At start it is asked once about a person who does not exist, to warn of columns that would have no value.
   * @default none
   */
  readonly defaults?: NewUserDefaults | ((user: NewUser) => NewUserDefaults);
  /**
   * Whether the stored hash of this row of the model is a password that the person has set, and no placeholder that the host put
   * there itself; asked by the password door and by the guard, inside a transaction when the answer decides a removal. One that
   * throws, takes more than 2 s or answers anything else counts as no password.
   * @default true wherever the column is neither null nor empty, nor holds what stood there after this product wrote no password
   */
  hasPassword?(user: Row, options: { readonly transaction: Transaction | undefined }): Promise<boolean> | boolean;
}

export type NewUserDefaults = Readonly<Record<string, unknown>>;

/** Told of a new user in the transaction that makes them; what it throws takes all of it back. */
export type UserCreated = (
  user: Omit<User, 'passwordHash' | 'emailKey'>,
  options: { readonly transaction: Transaction },
) => Promise<void> | void;

export type HostHasPassword = NonNullable<HostUsers['hasPassword']>;

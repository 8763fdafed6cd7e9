// What a host says about its own users table.

import type { Transaction } from 'sequelize';
import type { NewUser } from '../lib/accounts/ports.js';
import type { User } from '../lib/accounts/types.js';
import type { Row, Table } from './define-models.js';

/** The names of the attributes that the plugin can use; the host names those that its model has. */
export interface UserAttributes {
  /** Default: the model's primary key. */
  readonly id?: string;
  /** The address that people sign in with by password, and that mail goes to. Default `email`. */
  readonly email?: string;
  /** The stored hash; null or empty if there is no password. Default: none, so no password counts. */
  readonly passwordHash?: string;
  readonly emailVerified?: string;
  readonly nickname?: string;
  readonly language?: string;
  /** `active`, `inactive`, `manual_banned` or `sys_banned`. Default: everyone is active. */
  readonly status?: string;
  /** When the row was made; it must never change, because it distinguishes a user from an earlier one who had the same id. Default: they cannot be distinguished. */
  readonly createdAt?: string;
}

export interface HostUsers extends UserAttributes {
  /** The host's own model, on the Sequelize instance that is passed as `sequelize`. */
  readonly model: Table;
  /**
   * Values for the host's other columns that a new user must have, or a function of the new user that returns them. At start the
   * function is called once for a person who does not exist, to warn of columns that would have no value.
   * @default none
   */
  readonly defaults?: NewUserDefaults | ((user: NewUser) => NewUserDefaults);
  /**
   * Whether the stored hash of this row is a password that the person has set, and not a placeholder that the host put there. Both
   * the password door and the guard ask this, inside a transaction when the answer decides a removal. If the function throws, takes
   * more than 2 s or returns anything but a boolean, the row counts as having no password.
   * @default true if the column is neither null nor empty, nor holds the value that was there when the plugin made the user without a password
   */
  hasPassword?(user: Row, options: { readonly transaction: Transaction | undefined }): Promise<boolean> | boolean;
}

export type NewUserDefaults = Readonly<Record<string, unknown>>;

/** Called for a new user in the transaction that makes them; if it throws, the sign-up is rolled back. */
export type UserCreated = (
  user: Omit<User, 'passwordHash' | 'emailKey'>,
  options: { readonly transaction: Transaction },
) => Promise<void> | void;

export type HostHasPassword = NonNullable<HostUsers['hasPassword']>;

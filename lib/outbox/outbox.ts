// What a worker needs from the outbox: messages are written by the transaction that causes them, and taken from here.

export interface OutboxClaim<T> {
  /** A UUID, another one for each claim. */
  readonly by: string;
  /** How long nobody else may claim them, in milliseconds. */
  readonly leaseMs: number;
  readonly now: Date;
  /** How many at most. */
  readonly limit: number;
  /**
   * Asked once of each message that is due, the longest first, until there are enough: false leaves it where it is.
   * Undefined stands for a message that cannot be read. Default: all.
   */
  admits?(message: T | undefined): boolean;
}

/** A message that this worker alone holds until the lease is over. */
export interface ClaimedMessage<T> {
  readonly id: string;
  /** Undefined where the row holds none that can be read: it is to be set aside. */
  readonly message: T | undefined;
  /** Attempts so far: 0 the first time. */
  readonly attempts: number;
  readonly createdAt: Date;
}

export interface FailedAttempt {
  /** What went wrong, without addresses; at most 500 characters. */
  readonly error: string;
  readonly nextAttemptAt: Date;
}

export interface GivenUp {
  /** Why, without addresses; at most 500 characters. */
  readonly error: string;
  /** Attempts, with the last one. */
  readonly attempts: number;
}

/** The messages of one kind. */
export interface OutboxRepository<T> {
  /**
   * Takes those that are due longest: unsent, their next attempt not in the future, no lease running on them.
   * One conditional update, so that of any number of processes one gets each.
   */
  claim(claim: OutboxClaim<T>): Promise<readonly ClaimedMessage<T>[]>;
  /** Marks them as sent, whoever holds them; marking twice, or one that is gone, is harmless. */
  sent(ids: readonly string[], at: Date): Promise<void>;
  /** Counts the attempt, gives the lease back and sets when to try again. */
  failed(id: string, attempt: FailedAttempt): Promise<void>;
  /** Sets it aside for good, with an audit row in the same transaction: it is never claimed again. */
  givenUp(id: string, last: GivenUp): Promise<void>;
}

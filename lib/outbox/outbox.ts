// What a courier needs from the outbox: messages are written by the transaction they tell of, and taken from here.

export interface OutboxClaim {
  /** Who claims; unique per courier. */
  readonly by: string;
  /** How long nobody else may claim it, in milliseconds. */
  readonly leaseMs: number;
  readonly now: Date;
}

/** A message that this courier alone holds until the lease is over. */
export interface ClaimedMessage<T> {
  readonly id: string;
  readonly message: T;
  /** Attempts so far: 0 the first time. */
  readonly attempts: number;
}

export interface FailedAttempt {
  /** What went wrong, without addresses; at most 500 characters. */
  readonly error: string;
  readonly nextAttemptAt: Date;
}

/** The messages of one kind. */
export interface OutboxRepository<T> {
  /**
   * Takes the message that is due longest: unsent, its next attempt not in the future, no lease running on it.
   * One conditional update, so that of any number of processes one gets it.
   */
  claim(claim: OutboxClaim): Promise<ClaimedMessage<T> | undefined>;
  /** Marks it as sent, whoever holds it; marking twice, or one that is gone, is harmless. */
  sent(id: string, at: Date): Promise<void>;
  /** Counts the attempt, gives the lease back and sets when to try again. */
  failed(id: string, attempt: FailedAttempt): Promise<void>;
}

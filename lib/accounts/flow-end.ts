// What the callback leaves in the place of a flow: the browser that comes again with it is sent on, and nothing happens twice.

export type FlowEnd =
  /** Another request of this browser is at it. `goTo`: where its flow is to lead; undefined for a popup, which tells its opener. */
  { readonly state: 'under-way'; readonly goTo: string | undefined } | DoneFlow;

export interface DoneFlow {
  readonly state: 'done';
  /** Where the browser was sent; undefined for a popup. */
  readonly goTo: string | undefined;
  /** Whose account it linked to; undefined for a sign-in. */
  readonly linkedTo: string | undefined;
  /** What signs this browser in since, if it is a session of ours: the answer that set its cookie may never have been read. */
  readonly session: SessionOfFlow | undefined;
}

export interface SessionOfFlow {
  readonly userId: string;
  readonly sessionId: string;
  readonly proofOnly?: boolean;
  /** What the host keeps in the session stays. */
  readonly keep: boolean;
}

/** In a record, so that it is taken for no flow. */
interface Kept {
  readonly end: FlowEnd;
}

export const keepEnd = (end: FlowEnd): Kept => ({ end });

export function endIn(record: unknown): FlowEnd | undefined {
  return typeof record === 'object' && record !== null && 'end' in record ? (record as Kept).end : undefined;
}

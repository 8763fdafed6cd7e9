// The result of a call: its data without the envelope, or an error that says what failed.

/** A call that failed, or an answer that could not be understood. */
export class CallError extends Error {
  override readonly name: string = 'CallError';
  /** The HTTP status; 200 for most failures of Cloudreve's and GenAuth's calls. */
  readonly status: number;
  /** Cloudreve's `code`, GenAuth's `statusCode`, BIO.RE's `i18nKey`, or `error.code` of the paths for browsers; undefined if the answer has none. */
  readonly code: number | string | undefined;
  /** The id of this request in the app's log. */
  readonly correlationId: string | undefined;
  /** Seconds after which another try may succeed. */
  readonly retryAfter: number | undefined;

  constructor(message: string, { status, code, correlationId, retryAfter }: Failure) {
    super(message);
    this.status = status;
    this.code = code;
    this.correlationId = correlationId;
    this.retryAfter = retryAfter;
  }
}

export interface Failure {
  readonly status: number;
  readonly code?: number | string | undefined;
  readonly correlationId?: string | undefined;
  readonly retryAfter?: number | undefined;
}

/** The part of a `Response` (Fetch) that is read. */
export interface Answer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

interface Body {
  readonly code?: number;
  readonly msg?: string;
  readonly statusCode?: number;
  readonly message?: string;
  readonly requestId?: string;
  readonly success?: boolean;
  readonly data?: unknown;
  readonly correlation_id?: string;
  readonly error?: {
    readonly code?: string;
    readonly message?: string;
    readonly i18nKey?: string;
    readonly correlationId?: string;
    readonly correlation_id?: string;
  };
}

/** Cloudreve's codes for success: done, and "a link is on its way by mail". */
const CLOUDREVE_DONE: readonly unknown[] = [0, 203];

interface Told {
  readonly message: string;
  readonly code: number | string | undefined;
  readonly correlationId: string | undefined;
}

/** Undefined: it succeeded. */
function failureIn(status: number, body: Body): Told | undefined {
  const { code, msg = '', statusCode, message = '', error, requestId, correlation_id } = body;
  if (typeof code === 'number') return CLOUDREVE_DONE.includes(code) ? undefined : { message: msg, code, correlationId: correlation_id };
  if (typeof statusCode === 'number') return statusCode === 200 ? undefined : { message, code: statusCode, correlationId: requestId };
  if (body.success === true || (status < 400 && error === undefined)) return undefined;
  const correlationId = error?.correlationId ?? error?.correlation_id;
  return { message: error?.message ?? '', code: error?.i18nKey ?? error?.code, correlationId };
}

const isEnvelope = ({ code, statusCode, success }: Body) => [code, statusCode, success].some((each) => each !== undefined);

function parsed(text: string): Body | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** @throws CallError */
export async function dataOf(answer: Answer): Promise<unknown> {
  const { status, headers } = answer;
  if (status === 204) return undefined;
  const body = parsed(await answer.text());
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  const retryAfter = Number.isNaN(seconds) ? undefined : seconds;
  if (body === undefined) throw new CallError(`The answer is not JSON (HTTP ${status})`, { status, retryAfter });
  const failure = failureIn(status, body);
  if (failure === undefined) return isEnvelope(body) ? body.data : body;
  throw new CallError(failure.message, { ...failure, status, retryAfter });
}

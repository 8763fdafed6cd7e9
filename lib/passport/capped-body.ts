// A provider's body, read no further than the cap.

/** Bytes, counted after decompression. */
export const MAX_BODY = 1024 * 1024;

/**
 * Stops in the middle of the stream, so that an endless body costs no more memory than the cap, and ends the download.
 * @throws Error when the body is larger, or what the signal was aborted with
 */
export async function readCapped(response: Response, signal: AbortSignal): Promise<Buffer> {
  if (response.body === null) return Buffer.alloc(0);
  const reader = response.body.getReader();
  const stop = () => void reader.cancel().catch(() => undefined);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      size += part.value.byteLength;
      if (size > MAX_BODY) throw new Error(`the body is larger than ${MAX_BODY} bytes`);
      chunks.push(part.value);
    }
    signal.throwIfAborted();
    return Buffer.concat(chunks);
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

/** @throws Error for an answer that sends us elsewhere: no provider's endpoint has a reason to */
export async function assertNotRedirected(response: Response): Promise<void> {
  if (response.status < 300 || response.status >= 400) return;
  await response.body?.cancel();
  throw new Error(`redirected with status ${response.status}, which is never followed`);
}

/** Asks a running rack at its control address. */
import { get, type IncomingMessage } from 'node:http';
import { KvError } from './kv-error.ts';

const TIMEOUT_MS = 3_000;

/**
 * The JSON of a path; null when there is none. KvError NO_RACK when nobody answers, RACK_REFUSED on an error
 * status.
 */
export async function request<T>(url: string, method: 'GET' | 'POST' | 'DELETE', path: string): Promise<T> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(new URL(path, url), { method, signal: AbortSignal.timeout(TIMEOUT_MS) });
    text = await response.text();
  } catch (cause) {
    throw new KvError({ code: 'NO_RACK', url }, { cause });
  }
  if (!response.ok) throw new KvError({ code: 'RACK_REFUSED', url, reason: refusalOf(text) });
  return (text === '' ? null : JSON.parse(text)) as T;
}

/**
 * The body of a path as it comes, for as long as it comes; `signal` ends it. KvError as above.
 *
 * Not by fetch, which does not show what a server says behind the body (`trailers`).
 */
export async function requestStream(
  url: string,
  path: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(new URL(path, url), { signal }, resolve).on('error', (cause) =>
      reject(signal.aborted ? cause : new KvError({ code: 'NO_RACK', url }, { cause })),
    );
  });
  if (response.statusCode === 200) return response;
  const text = Buffer.concat(await Array.fromAsync<Uint8Array>(response)).toString();
  throw new KvError({ code: 'RACK_REFUSED', url, reason: refusalOf(text) });
}

function refusalOf(text: string): string {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null && 'message' in body) return String(body.message);
  } catch {
    // Not a rack's answer; its text is all there is.
  }
  return text.slice(0, 200);
}

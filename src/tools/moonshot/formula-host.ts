import { isJsonObject, parseJson } from '../../core/index.ts';

/** The part of Moonshot's API that has formulas. */
export interface FormulaHost {
  readonly apiKey: string;
  readonly baseUrl: string;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly timeoutMs: number;
}

/** An answer of the host, or why there is none, in words that hold no key. */
export type FormulaAnswer =
  | { readonly json: unknown }
  | { readonly status?: number; readonly code?: string; readonly problem: string };

/** Bytes of an answer at most. */
const MAX_ANSWER = 4_000_000;

/** Asks the host something about a formula. Never rejects. */
export async function askFormula(
  host: FormulaHost,
  path: string,
  body: Record<string, unknown> | undefined,
  signal: AbortSignal | undefined,
): Promise<FormulaAnswer> {
  const limit = AbortSignal.timeout(host.timeoutMs);
  try {
    const response = await host.fetch(`${host.baseUrl}/formulas/${path}`, {
      method: body ? 'POST' : 'GET',
      headers: {
        authorization: `Bearer ${host.apiKey}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
      // The key is for this host and no other.
      redirect: 'error',
      signal: signal ? AbortSignal.any([limit, signal]) : limit,
    });
    const text = await readText(response);
    if (text === undefined) return { problem: `The answer has more than ${MAX_ANSWER} bytes.` };
    const json = parseJson(text);
    if (response.ok && json !== undefined) return { json };
    const { status } = response;
    const said = errorText(json) ?? text.slice(0, 300);
    return { status, problem: without(host.apiKey, `HTTP ${status}${said === '' ? '' : `: ${said}`}`) };
  } catch (error) {
    if (limit.aborted) return { problem: `No answer within ${host.timeoutMs} ms.` };
    const { message, cause } = error as { message: string; cause?: NodeJS.ErrnoException };
    const code = cause?.code;
    const problem = without(host.apiKey, cause?.message ?? message);
    return { problem, ...(code !== undefined && { code }) };
  }
}

/** The host's own words in an error, which may stand at either of two places. */
export function errorText(json: unknown): string | undefined {
  const error = isJsonObject(json) ? json['error'] : undefined;
  if (typeof error === 'string') return error === '' ? undefined : error;
  if (!isJsonObject(error)) return undefined;
  return typeof error['message'] === 'string' ? error['message'] : JSON.stringify(error);
}

async function readText(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop early gives the connection up.
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function without(key: string, text: string): string {
  return key === '' ? text : text.replaceAll(key, '…');
}

import { createParser } from 'eventsource-parser';
import { request } from 'undici';
import {
  type ClientProtocol,
  masked,
  type Problem,
  type TrialAnswer,
  type TrialReader,
  type TrialRequest,
  trialReader,
} from '../../connect/index.ts';
import { isJsonObject, parseJson } from '../../core/index.ts';
import { proxyFor } from '../proxy.ts';
import { whyNot } from './fetch-json.ts';

/** Milliseconds for a whole answer. */
const TIMEOUT_MS = 120_000;
/** Characters of an answer that are read. */
const LONGEST = 4 * 1024 * 1024;

export type TrialOutcome =
  | { readonly answer: TrialAnswer; readonly ms: number }
  | { readonly problem: Problem };

/** Sends one request as a client would, and reads the answer as strictly as clients do. Never throws. */
export async function sendTrial(
  protocol: ClientProtocol,
  trial: TrialRequest,
  secret: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<TrialOutcome> {
  const started = performance.now();
  try {
    const proxy = proxyFor(new URL(trial.url), environment);
    const { statusCode, headers, body } = await request(trial.url, {
      method: 'POST',
      headers: { ...trial.headers, authorization: `Bearer ${secret ?? 'perigee'}` },
      body: JSON.stringify(trial.body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
      ...(proxy && { dispatcher: proxy.dispatcher }),
    });
    if (statusCode < 200 || statusCode > 299) {
      const text = await readAll(body, () => {});
      return {
        problem: refusal(statusCode, masked(messageOf(text), secret === undefined ? [] : [secret]), trial),
      };
    }
    const reader = trialReader(protocol, trial.stream);
    const isStream = /text\/event-stream/i.test(String(headers['content-type'] ?? ''));
    if (trial.stream && !isStream) {
      return {
        problem: {
          what: `it was asked to stream and answers ${headers['content-type'] ?? 'without a type'}`,
          advice: 'Put the gateway between: perigee serve streams for every host.',
        },
      };
    }
    if (trial.stream) await readStream(body, reader);
    else readWhole(await readAll(body, () => {}), reader);
    return { answer: reader.end(), ms: Math.round(performance.now() - started) };
  } catch (error) {
    return { problem: { what: `${new URL(trial.url).origin}: ${whyNot(error)}`, advice: adviceFor(trial) } };
  }
}

async function readStream(body: AsyncIterable<unknown>, reader: TrialReader): Promise<void> {
  const parser = createParser({ onEvent: ({ event, data }) => reader.event(event, data) });
  await readAll(body, (text) => parser.feed(text));
  parser.reset({ consume: true });
}

function readWhole(text: string, reader: TrialReader): void {
  const json = parseJson(text);
  if (isJsonObject(json)) reader.whole(json as never);
  else reader.event(undefined, text);
}

async function readAll(body: AsyncIterable<unknown>, take: (text: string) => void): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body as AsyncIterable<Buffer>) {
    const piece = decoder.decode(chunk, { stream: true });
    text += piece;
    take(piece);
    if (text.length > LONGEST) break;
  }
  return text;
}

function messageOf(text: string): string {
  const json = parseJson(text);
  const error = isJsonObject(json) ? json['error'] : undefined;
  const message = isJsonObject(error) ? error['message'] : error;
  return (typeof message === 'string' ? message : text).replace(/\s+/g, ' ').trim().slice(0, 300);
}

function refusal(status: number, said: string, trial: TrialRequest): Problem {
  const what = `it answers ${status}${said === '' ? '' : `: ${said}`}`;
  if (status === 401 || status === 403) {
    return {
      what,
      advice:
        'The key is missing or wrong: set the variable that holds it (PERIGEE_KEY for the gateway), or name it with --api-key-env.',
    };
  }
  if (status === 404 || status === 405) {
    return {
      what,
      advice: `Check the address (${trial.url}) and the name of the model (--model). perigee doctor shows what is there.`,
    };
  }
  if (status < 400) {
    return {
      what: `${what} and sends on to another address`,
      advice: 'Give the address that it sends on to; mostly it is https:// instead of http://.',
    };
  }
  if (status === 429) return { what, advice: 'The limit of the key is reached: wait, or ask for more.' };
  if (status >= 500)
    return {
      what,
      advice: 'Try again; if it stays, look at the log of the gateway or the state of the host.',
    };
  return {
    what,
    advice:
      'The host refuses what this client sends: put the gateway between (perigee serve), which makes it fit.',
  };
}

function adviceFor({ url }: TrialRequest): string {
  const { hostname } = new URL(url);
  return /^(localhost|127\.|\[::1\])/.test(hostname)
    ? 'Start what is to listen there, the gateway with  perigee serve , or name another address (--gateway, --base-url).'
    : 'perigee doctor looks at the network, the proxy and the certificate.';
}

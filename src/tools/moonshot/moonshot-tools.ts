import type { Tool, ToolContext, Tools } from '../../agent/index.ts';
import { type ErrorCode, isJsonObject, PerigeeError } from '../../core/index.ts';
import { plainSchema } from '../foreign/plain-schema.ts';
import { toolName } from '../foreign/tool-names.ts';
import { KeptText } from '../process/kept-text.ts';
import { askFormula, errorText, type FormulaAnswer, type FormulaHost } from './formula-host.ts';
import { webSearch } from './web-search.ts';

export interface MoonshotToolsOptions {
  readonly apiKey: string;
  /** Where the API begins; default `https://api.moonshot.ai/v1`. Keys of `api.moonshot.cn` are others. */
  readonly baseUrl?: string;
  /** Formulas whose tools are wanted: `date` for `moonshot/date:latest`, or the whole `owner/name:version`. Default none. */
  readonly formulas?: readonly string[];
  /** Whether `$web_search` is among the tools. Default false. */
  readonly webSearch?: boolean;
  /** Milliseconds that an answer may take; default 120_000. */
  readonly timeoutMs?: number;
  /** Bytes of a result that the model reads, half of them from the beginning and half from the end; default 50_000. */
  readonly maxOutputBytes?: number;
  /** What requests are made with; default the global `fetch`. */
  readonly fetch?: FormulaHost['fetch'];
}

const FORMULA = /^\w[\w.-]*\/\w[\w.-]*(:\w[\w.-]*)?$/;
const CODES: { readonly [status: number]: ErrorCode } = {
  401: 'wrong-api-key',
  403: 'forbidden',
  404: 'endpoint-not-found',
  429: 'rate-limited',
};

/**
 * Tools that Moonshot runs: those of its formulas (`date`, `convert`, `fetch`, `code_runner`, …), and its web search. Asks the
 * host what each formula offers. Throws a `PerigeeError` that says which formula cannot be had, and why.
 */
export async function moonshotTools(options: MoonshotToolsOptions): Promise<Tools> {
  const host = hostOf(options);
  const tools: Record<string, Tool> = options.webSearch ? { $web_search: webSearch } : {};
  const uris = [...new Set((options.formulas ?? []).map(uriOf))];
  const listed = await Promise.all(uris.map((uri) => listTools(host, uri)));
  for (const [at, uri] of uris.entries()) {
    for (const offered of listed[at]!) {
      const name = toolName(uri.replace(/:.*/, ''), offered.name, (candidate) =>
        Object.hasOwn(tools, candidate),
      );
      tools[name] = asTool(host, uri, offered, options.maxOutputBytes ?? 50_000);
    }
  }
  return tools;
}

interface Offered {
  readonly name: string;
  readonly description: string;
  readonly parameters: Record<string, unknown>;
}

async function listTools(host: FormulaHost, uri: string): Promise<readonly Offered[]> {
  const answer = await askFormula(host, `${uri}/tools`, undefined, undefined);
  if (!('json' in answer)) throw notListed(host, uri, answer);
  const { json } = answer;
  const list = isJsonObject(json) ? json['tools'] : json;
  const offered = (Array.isArray(list) ? list : []).flatMap((entry: unknown) => {
    const declared = isJsonObject(entry) ? entry['function'] : undefined;
    if (!isJsonObject(declared) || typeof declared['name'] !== 'string' || declared['name'] === '') return [];
    const { name, description, parameters } = declared;
    return [
      {
        name: name as string,
        description: typeof description === 'string' ? description : (name as string),
        parameters: isJsonObject(parameters) ? { ...parameters, type: 'object' } : { type: 'object' },
      },
    ];
  });
  if (offered.length > 0) return offered;
  throw notListed(host, uri, { problem: 'Its answer holds no tools.' });
}

function asTool(
  host: FormulaHost,
  uri: string,
  { name, description, parameters }: Offered,
  maxBytes: number,
): Tool {
  return {
    description,
    jsonSchema: parameters,
    inputSchema: plainSchema(parameters),
    async execute(input: unknown, { signal }: ToolContext) {
      const call = { name, arguments: JSON.stringify(input) };
      const answer = await askFormula(host, `${uri}/fibers`, call, signal);
      if (!('json' in answer)) throw new Error(`${uri} could not be run. ${answer.problem}`);
      return resultOf(answer.json, uri, maxBytes);
    },
  };
}

/** What a fiber gave back: `output`, or `encrypted_output`, which only the host can read and which must stay whole. */
function resultOf(fiber: unknown, uri: string, maxBytes: number): string {
  const { status, context } = isJsonObject(fiber) ? fiber : {};
  const given = isJsonObject(context) ? context : {};
  if (status !== 'succeeded') {
    const said = errorText(fiber) ?? errorText(given) ?? `It ended as ${JSON.stringify(status ?? null)}.`;
    throw new Error(`${uri} failed: ${said.slice(0, 2000)}`);
  }
  const { output, encrypted_output: encrypted } = given;
  if (isGiven(encrypted) && !isGiven(output)) return asText(encrypted);
  const kept = new KeptText(maxBytes);
  kept.push(Buffer.from(asText(output ?? '')));
  return kept.text;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function hostOf(options: MoonshotToolsOptions): FormulaHost {
  const { apiKey, baseUrl = 'https://api.moonshot.ai/v1', timeoutMs = 120_000 } = options;
  const { fetch = globalThis.fetch, formulas = [] } = options;
  if (formulas.length > 0 && (typeof apiKey !== 'string' || apiKey.trim() === '')) {
    throw new PerigeeError('no-api-key', "Moonshot's formulas need a key.", {
      remedy: 'Give apiKey, a key from platform.kimi.ai.',
    });
  }
  if (!URL.canParse(baseUrl) || !/^https?:/i.test(baseUrl)) throw invalid(`baseUrl ${baseUrl} is not a URL.`);
  if (!(timeoutMs > 0 && timeoutMs < 2 ** 31)) throw invalid(`timeoutMs of moonshotTools is ${timeoutMs}.`);
  const { maxOutputBytes = 1 } = options;
  if (!(maxOutputBytes > 0)) throw invalid(`maxOutputBytes of moonshotTools is ${maxOutputBytes}.`);
  return { apiKey: apiKey?.trim() ?? '', baseUrl: baseUrl.replace(/\/+$/, ''), fetch, timeoutMs };
}

function uriOf(formula: string): string {
  const uri = formula.includes('/') ? formula : `moonshot/${formula}`;
  const whole = uri.includes(':') ? uri : `${uri}:latest`;
  if (FORMULA.test(whole)) return whole;
  throw invalid(
    `${JSON.stringify(formula)} is not the name of a formula; one is as in date or moonshot/date:latest.`,
  );
}

function notListed(
  host: FormulaHost,
  uri: string,
  answer: Exclude<FormulaAnswer, { json: unknown }>,
): PerigeeError {
  const { status, problem, code } = answer;
  const known: ErrorCode =
    status === undefined
      ? code === 'ENOTFOUND'
        ? 'dns'
        : code === 'ECONNREFUSED'
          ? 'connection-refused'
          : 'connection-lost'
      : (CODES[status] ?? (status >= 500 ? 'server-error' : 'bad-request'));
  return new PerigeeError(
    known,
    `The tools of the formula ${uri} could not be had from ${host.baseUrl}. ${problem}`,
    {
      remedy: 'Check the name of the formula, the key, and that the key is of this host.',
      ...(status !== undefined && { status }),
      retryable: status === undefined || status === 429 || status >= 500,
    },
  );
}

function invalid(message: string): PerigeeError {
  return new PerigeeError('invalid-options', message);
}

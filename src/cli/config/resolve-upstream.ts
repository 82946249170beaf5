import { PerigeeError } from '../../core/index.ts';
import { promptFormatOf } from '../../formats/index.ts';
import {
  type HostDialect,
  type HostProfile,
  hostProfile,
  knownModelIds,
  modelProfile,
  offerOf,
} from '../../profiles/index.ts';
import type { UpstreamConfig, UpstreamProtocol } from './config.ts';
import { pathTo } from './problem.ts';
import { type Meaning, variable } from './report.ts';
import type { WrittenUpstream } from './written.ts';

/** What one upstream of a model means; undefined where that was reported as impossible. */
export function resolveUpstream(
  written: WrittenUpstream,
  path: string,
  modelName: string,
  meaning: Meaning,
): UpstreamConfig | undefined {
  const { url, protocol = 'openai-chat' } = written;
  const host = hostProfile(written.host ?? url ?? '');
  checkUses(written, protocol, path, meaning);
  checkHeaders(written, path, meaning);
  const baseUrl = addressOf(written, host, protocol, path, meaning);
  const modelId = written.model ?? (host && offerOf(modelName, host.id)?.model) ?? modelName;
  checkModel(written, host, modelName, path, meaning);
  const template = templateOf(written, modelId, modelName);
  if (protocol === 'completions') checkTemplate(template ?? modelId, path, meaning);
  if (baseUrl === undefined) return undefined;
  const { prices, dialect, silence_seconds: silence, connect_seconds: connect } = written;
  return {
    name: written.name ?? host?.id ?? new URL(baseUrl).host,
    baseUrl,
    protocol,
    modelId,
    continuation: written.continuation ?? true,
    ...present({
      hostId: host?.id,
      format: written.format,
      startInReasoning: written.start_in_reasoning,
      template,
      ...keyOf(written, host, path, meaning),
      headers: written.headers,
      extraBody: written.extra_body,
      weight: written.weight,
      concurrency: written.concurrency,
      contextWindow: written.context_window,
      maxOutput: written.max_output,
      silenceMs: silence === undefined ? undefined : silence * 1000,
      connectTimeoutMs: connect === undefined ? undefined : connect * 1000,
      dialect: dialect && dialectOf(dialect),
      prices: prices && { ...prices, cachedInput: prices.cached_input ?? prices.input },
    }),
  };
}

/** The same without what is undefined. */
export function present<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function addressOf(
  { host: hostName, url }: WrittenUpstream,
  host: HostProfile | undefined,
  protocol: UpstreamProtocol,
  path: string,
  { report }: Meaning,
): string | undefined {
  if (url !== undefined) return checkedUrl(url, pathTo(path, 'url'), report);
  if (hostName === undefined || host === undefined) {
    return void report(
      path,
      `${path} has neither host nor url.`,
      'Add host: with a known host, such as moonshot, or url: with an address.',
    );
  }
  const anthropic = protocol === 'anthropic-messages';
  const known = anthropic ? (host.anthropicUrl ?? undefined) : host.baseUrls[0];
  if (known === undefined) {
    const kind = anthropic ? 'address for Anthropic Messages' : 'usual address';
    return void report(
      pathTo(path, 'host'),
      `${path}: ${host.name} has no ${kind} that is known.`,
      'Add url: with its address.',
    );
  }
  if (known.includes('{')) {
    return void report(
      pathTo(path, 'host'),
      `${path}: the address of ${host.name} holds the name of your account.`,
      `Add url: ${known} with yours in place of the braces.`,
    );
  }
  return known;
}

function checkedUrl(text: string, path: string, report: Meaning['report']): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return void report(path, `${path} is not a URL.`, 'Correct host and port in it.');
  if (url.username !== '' || url.password !== '') {
    return void report(
      path,
      `${path} holds a user name or password.`,
      'Give the key as api_key, or in headers.',
    );
  }
  return text;
}

/** Settings that would be ignored are mistakes. */
function checkUses(
  written: WrittenUpstream,
  protocol: UpstreamProtocol,
  path: string,
  { report }: Meaning,
): void {
  const uses: readonly (readonly [keyof WrittenUpstream, readonly UpstreamProtocol[]])[] = [
    ['template', ['completions']],
    ['start_in_reasoning', ['openai-chat']],
    ['dialect', ['openai-chat']],
    ['format', ['openai-chat', 'completions']],
  ];
  for (const [name, protocols] of uses) {
    if (written[name] === undefined || protocols.includes(protocol)) continue;
    const place = pathTo(path, name);
    report(
      place,
      `${place} has no effect with the protocol ${protocol}.`,
      `Remove it, or set protocol: ${protocols.join(' or ')}.`,
    );
  }
}

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const OWN_HEADERS =
  /^(content-length|transfer-encoding|connection|host|content-type|accept-encoding|expect)$/i;

function checkHeaders({ headers = {} }: WrittenUpstream, path: string, { report }: Meaning): void {
  for (const name of Object.keys(headers)) {
    const place = pathTo(pathTo(path, 'headers'), name);
    if (!HEADER_NAME.test(name)) {
      report(place, `${place} is no name of a header.`, 'Use letters, digits and -.');
    } else if (OWN_HEADERS.test(name)) {
      report(place, `${place} is a header that is set here already.`, 'Remove it.');
    }
  }
}

function checkModel(
  written: WrittenUpstream,
  host: HostProfile | undefined,
  modelName: string,
  path: string,
  { report }: Meaning,
): void {
  if (!host || written.model !== undefined || written.url !== undefined) return;
  const known = knownModelIds(host.id);
  if (known.length === 0 || offerOf(modelName, host.id)) return;
  const shown = known.slice(0, 6).join(', ');
  report(
    path,
    `${path}: ${host.name} is not known to have a model named ${modelName}.`,
    `Add model: with its id there (${shown}${known.length > 6 ? ', …' : ''}).`,
  );
}

/** Says which model it is where its id on the host does not. */
function templateOf(written: WrittenUpstream, modelId: string, modelName: string): string | undefined {
  if (written.template !== undefined) return written.template;
  return modelProfile(modelId) === undefined && modelProfile(modelName) ? modelName : undefined;
}

function checkTemplate(template: string, path: string, { report }: Meaning): void {
  try {
    promptFormatOf(template);
  } catch (error) {
    if (!(error instanceof PerigeeError)) throw error;
    report(path, `${path}: ${error.message}`, error.remedy ?? 'Set template.');
  }
}

function keyOf(
  written: WrittenUpstream,
  host: HostProfile | undefined,
  path: string,
  { environment, variablesOf }: Meaning,
): { apiKey?: string | undefined; apiKeyName?: string | undefined } {
  const names = host?.apiKeyNames ?? [];
  if (written.api_key !== undefined) {
    return { apiKey: written.api_key, apiKeyName: variablesOf(pathTo(path, 'api_key'))[0] };
  }
  const authorized = Object.keys(written.headers ?? {}).some((name) =>
    /^(authorization|x-api-key|api-key)$/i.test(name),
  );
  // A key is only ever sent to the host it belongs to.
  const own = written.url === undefined || hostProfile(written.url) === host;
  if (authorized || !own) return {};
  const name = names.find((candidate) => variable(environment, candidate) !== undefined) ?? names[0];
  return { apiKeyName: name, apiKey: name === undefined ? undefined : variable(environment, name) };
}

function dialectOf(written: NonNullable<WrittenUpstream['dialect']>): HostDialect {
  return present({
    maxTokensField: written.max_tokens_field,
    thinking: written.thinking,
    reasoningFields: written.reasoning_fields,
    reasoningRequired: written.reasoning_required,
    cacheKeyField: written.cache_key_field,
  });
}

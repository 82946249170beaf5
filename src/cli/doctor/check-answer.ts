import { isJsonObject, nearest } from '../../core/index.ts';
import { hostProfile, knownModelIds } from '../../profiles/index.ts';
import { getJson, type JsonAnswer, whyNot } from '../connect/fetch-json.ts';
import { plural } from '../terminal/screen.ts';
import { type Finding, finder } from './finding.ts';
import type { HostToCheck } from './hosts.ts';

const TIMEOUT_MS = 8000;
const CLOCK_WARN_MS = 60_000;
const CLOCK_FAIL_MS = 3_600_000;

/** What a host answers when it is asked for its models: that it does, the key, the model, the time. */
export async function checkAnswer(host: HostToCheck, environment: NodeJS.ProcessEnv): Promise<Finding[]> {
  const { name, baseUrl, key } = host;
  const find = finder('answer', name);
  if (!host.listsModels) return [find.ok('it is asked over Anthropic Messages, which lists no models here')];
  const url = `${baseUrl.replace(/\/+$/, '')}/models`;
  let answer: JsonAnswer;
  try {
    answer = await getJson(url, key?.trim(), TIMEOUT_MS, environment);
  } catch (error) {
    return [
      find.fail(
        `${url}: ${whyNot(error)}`,
        'Look at the steps above; a proxy may have to be set or excepted.',
      ),
    ];
  }
  return [answerFinding(host, url, answer), ...modelFinding(host, answer), ...clockFinding(name, answer)];
}

function answerFinding(
  { name, key, keyName }: HostToCheck,
  url: string,
  { status, json }: JsonAnswer,
): Finding {
  const find = finder('answer', name);
  const which = keyName ?? 'the key';
  if (status === 401 || status === 403) {
    return key === undefined
      ? find.fail(
          `${url} asks for a key (${status})`,
          keyName === undefined ? 'Name the variable that holds it with --api-key-env.' : `Set ${keyName}.`,
        )
      : find.fail(
          `${url} refuses the key (${status})`,
          `Make a new one and set ${which}. Keys of api.moonshot.ai, api.moonshot.cn and Kimi Code are not interchangeable.`,
        );
  }
  if (status === 404 || status === 405) {
    return find.warn(
      `${url} is not there (${status})`,
      'The address mostly ends in /v1; some hosts list no models.',
    );
  }
  if (status >= 500)
    return find.fail(`${url} answers ${status}`, 'Try again later, or look at the state of the host.');
  if (status !== 200) return find.warn(`${url} answers ${status}`, 'Check the address.');
  if (!idsOf(json))
    return find.warn(
      `${url} answers with something else than a list of models`,
      'The address mostly ends in /v1.',
    );
  return find.ok(`${url} answers${key === undefined ? '' : ', and takes the key'}`);
}

function modelFinding({ name, model, baseUrl }: HostToCheck, { status, json }: JsonAnswer): Finding[] {
  if (model === undefined) return [];
  const find = finder('model', name);
  const ids = status === 200 ? idsOf(json) : undefined;
  if (ids?.includes(model))
    return [find.ok(`${model} is among the ${plural(ids.length, 'model')} that it lists`)];
  const names = ids ?? knownModelIds(hostProfile(baseUrl)?.id ?? '');
  const meant = nearest(model, names);
  const kimi = names.filter((id) => /kimi/i.test(id)).slice(0, 5);
  const advice =
    meant !== undefined
      ? `Did you mean ${meant}?`
      : names.length === 0
        ? 'Check the name on the page of the host.'
        : `It has ${(kimi.length > 0 ? kimi : names.slice(0, 5)).join(', ')}, …`;
  if (ids)
    return [find.fail(`${model} is not among the ${plural(ids.length, 'model')} that it lists`, advice)];
  if (names.includes(model)) return [find.ok(`${model} is known there; it does not list its models now`)];
  return [find.warn(`whether it has ${model} is not known: it does not list its models`, advice)];
}

function clockFinding(name: string, { headers }: JsonAnswer): Finding[] {
  const find = finder('clock', name);
  const date = Date.parse(String(headers['date'] ?? ''));
  if (Number.isNaN(date)) return [];
  const off = Date.now() - date;
  const found = `this machine is ${duration(Math.abs(off))} ${off > 0 ? 'ahead of' : 'behind'} ${name}`;
  const advice = 'Set the clock, or let it be set over the network: certificates and logs depend on it.';
  if (Math.abs(off) > CLOCK_FAIL_MS) return [find.fail(found, advice)];
  if (Math.abs(off) > CLOCK_WARN_MS) return [find.warn(found, advice)];
  return [find.ok(`it agrees with that of ${name}`)];
}

function duration(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return `${minutes} min`;
  return minutes < 2880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`;
}

function idsOf(json: unknown): string[] | undefined {
  const list = isJsonObject(json) ? json['data'] : json;
  if (!Array.isArray(list)) return undefined;
  return list.flatMap((entry: unknown) =>
    isJsonObject(entry) && typeof entry['id'] === 'string' ? [entry['id']] : [],
  );
}

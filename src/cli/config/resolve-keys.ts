import { createHash } from 'node:crypto';
import { nearest } from '../../core/index.ts';
import type { GatewayKey } from '../../gateway/index.ts';
import { pathTo } from './problem.ts';
import { type Meaning, variable } from './report.ts';
import { present } from './resolve-upstream.ts';
import type { WrittenKey, WrittenModel } from './written.ts';

/** The variable whose value is always a client's key. */
export const KEY_VARIABLE = 'PERIGEE_KEY';

/** The SHA-256 of a key in hex, which is all that is kept of it. */
export function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** The clients' keys, that of `PERIGEE_KEY` included. */
export function resolveKeys(
  written: readonly WrittenKey[],
  models: readonly WrittenModel[],
  meaning: Meaning,
): GatewayKey[] {
  const ids = new Map<string, string>();
  const hashes = new Map<string, string>();
  const keys = written.map((key, position) => {
    const path = pathTo('keys', position);
    const hash = hashOfWritten(key.key, pathTo(path, 'key'), meaning);
    once(ids, key.id, pathTo(path, 'id'), `the id ${key.id}`, meaning);
    if (hash !== '') once(hashes, hash, pathTo(path, 'key'), 'its key', meaning);
    checkModels(key, path, models, meaning);
    return {
      id: key.id,
      hash,
      ...present({
        models: key.models,
        requestsPerMinute: key.requests_per_minute,
        tokensPerMinute: key.tokens_per_minute,
        monthlyBudget: key.monthly_budget_usd,
      }),
    };
  });
  const own = variable(meaning.environment, KEY_VARIABLE);
  // Whoever sets it expects that it protects, also where a file has no keys.
  if (own !== undefined && !hashes.has(hashOf(own))) keys.push({ id: KEY_VARIABLE, hash: hashOf(own) });
  return keys;
}

function hashOfWritten(key: string, path: string, { report }: Meaning): string {
  if (!key.startsWith('sha256:')) return hashOf(key);
  const hash = key.slice('sha256:'.length).toLowerCase();
  if (/^[0-9a-f]{64}$/.test(hash)) return hash;
  report(
    path,
    `${path} begins with sha256: and is no hash of 64 hex digits.`,
    'Make it with: printf %s "$KEY" | sha256sum',
  );
  return '';
}

function once(seen: Map<string, string>, value: string, path: string, what: string, meaning: Meaning): void {
  const first = seen.get(value);
  if (first === undefined) seen.set(value, path);
  else meaning.report(path, `${path}: ${what} was already given as ${first}.`, 'Give each client its own.');
}

function checkModels(
  { models: wanted = [] }: WrittenKey,
  path: string,
  models: readonly WrittenModel[],
  { report }: Meaning,
): void {
  const names = models.map(({ name }) => name);
  for (const [position, name] of wanted.entries()) {
    if (names.includes(name)) continue;
    const place = pathTo(pathTo(path, 'models'), position);
    const owner = models.find(({ aliases = [] }) => aliases.includes(name))?.name;
    const meant = owner ?? nearest(name, names);
    const known = `Known here: ${names.join(', ')}.`;
    const remedy =
      owner !== undefined ? `Use its name, ${owner}.` : meant ? `Did you mean ${meant}? ${known}` : known;
    report(place, `${place} is ${JSON.stringify(name)}, which is the name of no model here.`, remedy);
  }
}

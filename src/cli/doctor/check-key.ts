import { hostProfile } from '../../profiles/index.ts';
import { type Finding, finder } from './finding.ts';
import type { HostToCheck } from './hosts.ts';

/** Whose keys begin so. */
const OWNERS: readonly (readonly [RegExp, string, string])[] = [
  [/^sk-or-/, 'OpenRouter', 'openrouter'],
  [/^sk-ant-/, 'Anthropic', 'anthropic'],
  [/^sk-proj-/, 'OpenAI', 'openai'],
  [/^gsk_/, 'Groq', 'groq'],
  [/^nvapi-/, 'NVIDIA', 'nvidia'],
  [/^fw_/, 'Fireworks', 'fireworks'],
  [/^hf_/, 'Hugging Face', 'huggingface'],
];
const EXAMPLE = /your|example|placeholder|x{5}|\.\.\.|…|<|>/i;

/** Whether a host's key is there and has the form of one. It is never shown. */
export function checkKey(host: HostToCheck, environment: NodeJS.ProcessEnv): Finding {
  const { name, keyName, key, needsKey, baseUrl } = host;
  const find = finder('key', name);
  const profile = hostProfile(baseUrl);
  if (key === undefined) {
    if (!needsKey) return find.ok(`none is set, and ${name} is not known to need one`);
    const page = profile?.keyPage ? ` (a key from ${profile.keyPage})` : '';
    return find.fail(`${keyName ?? 'the key'} is not set`, `Set ${keyName ?? 'it'}${page}.`);
  }
  const written = (keyName === undefined ? undefined : environment[keyName]) ?? key;
  const where = keyName ?? 'the key of the configuration';
  const fault = formFault(written);
  if (fault !== undefined)
    return find.fail(`${where} ${fault}`, `Set ${where} to the key alone, as the host's page shows it.`);
  const owner = OWNERS.find(([pattern]) => pattern.test(key.trim()));
  if (owner && profile && profile.id !== owner[2]) {
    return find.warn(
      `${where} looks like a key of ${owner[1]}, and goes to ${name}`,
      `Set ${where} to a key of ${name}.`,
    );
  }
  const length = key.trim().length;
  if (written !== written.trim()) {
    return find.warn(
      `${where} has white space around it, which is left out here but not by every client`,
      `Set ${where} without it.`,
    );
  }
  if (length < 16)
    return find.warn(`${where} has ${length} characters only`, 'Check that it was copied whole.');
  return find.ok(`${where} is set, ${length} characters, for ${name}`);
}

function formFault(written: string): string | undefined {
  const key = written.trim();
  if (/^(["']).*\1$/.test(key)) return 'stands in quotes, which belong to it';
  if (/^bearer\s/i.test(key)) return 'begins with "Bearer", which is added on the way';
  if (/\s/.test(key)) return 'has white space in it';
  if (!/^[!-~]+$/.test(key)) return 'has characters that no key has';
  if (EXAMPLE.test(key)) return 'is an example and no key';
  return undefined;
}

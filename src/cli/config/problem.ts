/** One thing that is wrong with a configuration file. */
export interface ConfigProblem {
  /** Both counted from 1. */
  readonly line: number;
  readonly column: number;
  /**
   * - `syntax`: it is not YAML.
   * - `shape`: something has the wrong name, place or type, as the published schema says too.
   * - `meaning`: it has the right form and still cannot work: a variable that is not set, a name given twice.
   */
  readonly kind: 'syntax' | 'shape' | 'meaning';
  /** What is wrong, in one sentence. Never a secret. */
  readonly message: string;
  /** What to do, in one sentence. */
  readonly remedy: string;
}

/** The place of a value as people write it: `models[0].upstreams[1].url`. */
export function pathTo(parent: string, key: string | number): string {
  if (typeof key === 'number') return `${parent}[${key}]`;
  const name = /^[\w$-]{1,60}$/.test(key) ? key : JSON.stringify(key.slice(0, 60));
  return parent === '' ? name : `${parent}.${name}`;
}

/** Whether an object of a file under this name holds what must not be shown. */
export function isSecretName(name: string): boolean {
  return /key|secret|auth|token|cookie|password|credential|^headers$/i.test(name) && !PLAIN_NAMES.has(name);
}

/** Names that only sound like secrets. */
const PLAIN_NAMES = new Set([
  'max_tokens_field',
  'tokens_per_minute',
  'cache_key_field',
  'max_tokens',
  'max_completion_tokens',
]);

import { type ErrorCode, PerigeeError } from '../../core/index.ts';
import type { SeenProblem, Side } from '../wire/seen.ts';

/** What makes all further questions useless, unless there were answers already. */
const FATAL: { readonly [code: string]: readonly [code: ErrorCode, remedy: string] } = {
  'wrong-api-key': ['wrong-api-key', 'Check the key, and that it belongs to this host.'],
  forbidden: ['forbidden', 'Check what the key may do, and whether the host serves your country.'],
  'not-found': [
    'model-not-found',
    'Check the base URL, which mostly ends in /v1, and the name of the model.',
  ],
  'quota-exceeded': [
    'quota-exceeded',
    'Pay in, then start the same command again: it goes on where it stopped.',
  ],
  'connection-refused': ['connection-refused', 'Start the server, or correct the address.'],
  dns: ['dns', 'Correct the host name of the base URL.'],
  tls: ['tls', 'Correct the certificate or the scheme of the base URL.'],
  moved: [
    'endpoint-not-found',
    'Give the address that it sends on to as the base URL; mostly it is https:// instead of http://.',
  ],
  'rate-limited': [
    'rate-limited',
    'Start the same command again later, or ask for less with --concurrency 1 and --only.',
  ],
};

/** The error that ends a run: a side cannot be asked at all. `answered`: it did answer before. */
export function fatalError(
  problem: SeenProblem | undefined,
  answered: boolean,
  side: Side = 'host',
): PerigeeError | undefined {
  const fatal = problem && FATAL[problem.code];
  if (!fatal || (answered && problem.code !== 'quota-exceeded')) return undefined;
  const [code, remedy] = fatal;
  const status = problem.status === undefined ? {} : { status: problem.status };
  return new PerigeeError(code, `The ${side} cannot be asked: ${problem.message}`, { remedy, ...status });
}

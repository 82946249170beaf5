import { PerigeeError } from '../../core/index.ts';

/** Whether a schema is one that Moonshot takes, the first complaint, and the form that would be sent. */
export function describeSchema(_schema: unknown): object {
  throw new PerigeeError('invalid-request', 'schemas cannot be checked here yet.');
}

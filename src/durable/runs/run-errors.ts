import { PerigeeError } from '../../core/index.ts';

export function noSession(name: string): PerigeeError {
  return new PerigeeError('session-not-found', `There is no session ${JSON.stringify(name)}.`, {
    remedy: 'perigee sessions lists those that there are.',
  });
}

export function nothingToGoOnWith(name: string): PerigeeError {
  return new PerigeeError('invalid-options', `There is nothing to go on with in the session ${name}.`, {
    remedy: 'Start it with a prompt.',
  });
}

import { PerigeeError } from '../core/index.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Names of devices, which Windows opens instead of a file, whatever comes behind the first dot. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** Whether a text can name a session, on every file system. */
export function isSessionName(name: string): boolean {
  return NAME.test(name) && !DEVICE.test(name);
}

/** Throws `invalid-options` for what cannot name a session. */
export function checkSessionName(name: unknown): asserts name is string {
  if (typeof name === 'string' && isSessionName(name)) return;
  const said = typeof name === 'string' ? JSON.stringify(name.slice(0, 80)) : typeof name;
  const isDevice = typeof name === 'string' && NAME.test(name);
  throw new PerigeeError(
    'invalid-options',
    isDevice
      ? `A session cannot be named ${said}: Windows has a device of this name.`
      : `A session cannot be named ${said}.`,
    { remedy: 'Use 1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first.' },
  );
}

/** Throws `invalid-options` for what cannot name a record. */
export function checkRecordName(name: unknown): asserts name is string {
  if (typeof name === 'string' && name !== '' && name.length <= 500 && !/[\x00-\x1f]/.test(name)) {
    if (name.isWellFormed()) return;
  }
  throw new PerigeeError('invalid-options', `${JSON.stringify(name)} cannot name a step.`, {
    remedy: 'Use 1 to 500 characters without control characters, as in run-0/step-1/call-0.',
  });
}

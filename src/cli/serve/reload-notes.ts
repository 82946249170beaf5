import type { Config } from '../config/config.ts';
import type { GatewayState } from './state.ts';

/**
 * What an operator should know of a configuration that has just come into use: what of it counts only after a restart, and what
 * it takes away. Whole sentences.
 */
export function reloadNotes(
  started: Config,
  changed: Config,
  { accounts, shared }: Pick<GatewayState, 'accounts' | 'shared'>,
): string[] {
  const notes: string[] = [];
  const { host, port, keepAliveMs } = started.server;
  if (changed.server.host !== host || changed.server.port !== port) {
    notes.push(`It still listens at ${host}:${port}: a new address needs a restart.`);
  }
  const late = [
    ...(changed.server.keepAliveMs === keepAliveMs ? [] : ['server.keep_alive_seconds']),
    ...(accounts && differs(started.fail, changed.fail) ? ['fail'] : []),
    ...(shared && differs(started.keep, changed.keep) ? ['keep'] : []),
  ];
  if (late.length > 0) notes.push(`What it changes of ${late.join(' and ')} counts after a restart.`);
  if (started.keys.length > 0 && changed.keys.length === 0 && accounts?.keepsKeys !== true) {
    notes.push('No key is asked for any more.');
  }
  if (accounts === undefined && changed.keys.some(({ monthlyBudget }) => monthlyBudget !== undefined)) {
    notes.push('What is spent of budgets is forgotten with this process: it is kept from the next start on.');
  }
  return notes;
}

function differs(one: object, other: object): boolean {
  return JSON.stringify(one) !== JSON.stringify(other);
}

import type { RequestStage } from './stage.ts';

const MOST_NAMES = 8;

/** Fields of another protocol than the target's are left out: there they mean nothing, or something else. */
export const fieldsStage: RequestStage = (request, target, tell) => {
  const { extra, extraProtocol } = request;
  if (extra === undefined || extraProtocol === undefined || extraProtocol === target.protocol) return request;
  const names = Object.keys(extra);
  // `extraProtocol` stays: it says in whose words the client spoke.
  const { extra: _, ...rest } = request;
  if (names.length > 0) {
    tell({
      stage: 'fields',
      action: 'dropped',
      text: `${listed(names)} of ${extraProtocol} ${names.length === 1 ? 'means' : 'mean'} nothing to ${target.protocol} and ${names.length === 1 ? 'is' : 'are'} left out.`,
    });
  }
  return rest;
};

/** Names come from outside and end up in headers: a few of them, the beginning of each, and plain characters. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).map((name) => name.slice(0, 40).replace(/[^\w.-]/g, '?'));
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

import { isJsonObject, type ModelRequest } from '../../core/index.ts';
import { optionalObject, type Wire, withoutFields } from './wire-reading.ts';

/** What a request says about thinking; `rest` has no place in our words. */
export interface ThinkingSettings {
  readonly thinking?: NonNullable<ModelRequest['thinking']>;
  readonly hideReasoning: boolean;
  readonly rest: Wire;
}

/**
 * Reads `thinking` (`enabled` and `adaptive` are both on) and, out of `context_management`, the one edit that has a
 * counterpart: keeping the thinking of all turns. Throws `invalid-request`.
 */
export function decodeThinking(wire: Wire): ThinkingSettings {
  const config = optionalObject(wire, 'thinking');
  const management = optionalObject(wire, 'context_management');
  const mode = config && (config['type'] === 'disabled' ? 'off' : 'on');
  const keeps = mode !== 'off' && management !== undefined && keepsThinking(management);
  const thinking = keeps ? 'keep' : mode;
  const further = config ? withoutFields(config, ['type', 'display']) : {};
  return {
    ...(thinking && { thinking }),
    hideReasoning: config?.['display'] === 'omitted',
    rest: {
      ...(Object.keys(further).length > 0 && { thinking: further }),
      ...(management && !(keeps && isOnlyThinking(management)) && { context_management: management }),
    },
  };
}

function edits(management: Wire): readonly unknown[] {
  const list = management['edits'];
  return Array.isArray(list) ? list : [];
}

function keepsThinking(management: Wire): boolean {
  return edits(management).some((edit) => {
    if (!isJsonObject(edit) || edit['type'] !== 'clear_thinking_20251015') return false;
    const keep = edit['keep'];
    return keep === 'all' || (isJsonObject(keep) && keep['type'] === 'all');
  });
}

function isOnlyThinking(management: Wire): boolean {
  return Object.keys(management).length === 1 && edits(management).length === 1;
}

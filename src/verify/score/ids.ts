import { isCanonicalCallId } from '../../core/index.ts';

/** What an id of a call looks like. */
export type IdForm =
  | 'functions.NAME:N'
  | 'NAME:N'
  | 'call_…'
  | 'toolu_…'
  | 'chatcmpl-…'
  | 'UUID'
  | 'number'
  | 'other';

/** The form of an id that a host gave to a call of this tool. */
export function idForm(id: string, name: string): IdForm {
  if (isCanonicalCallId(id, name)) return 'functions.NAME:N';
  if (id.startsWith(`${name}:`) && /^\d+$/.test(id.slice(name.length + 1))) return 'NAME:N';
  if (/^call[_-]/.test(id)) return 'call_…';
  if (/^tool(u|use)_/.test(id)) return 'toolu_…';
  if (/^chatcmpl-/.test(id)) return 'chatcmpl-…';
  if (/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(id)) return 'UUID';
  return /^\d+$/.test(id) ? 'number' : 'other';
}

import { isJson, isJsonObject, type ToolDeclaration } from '../../core/index.ts';

/** A call written as `<invoke name="…"><parameter name="…">…</parameter></invoke>`. */
export interface InvokeCall {
  readonly name: string;
  /** JSON text. */
  readonly arguments: string;
}

const INVOKE = /^<invoke\s+name\s*=\s*(?:"([^"]*)"|'([^']*)')\s*>/;
const PARAMETER = /<parameter\s+name\s*=\s*(?:"([^"]*)"|'([^']*)')[^>]*>/y;
const PARAMETER_END = '</parameter>';

/**
 * Reads one `<invoke>` element; undefined when it is malformed. Values are text with the outer white space
 * removed; where the tool's schema wants something other than a string, JSON in them is taken as such.
 */
export function readInvoke(
  text: string,
  tool: (name: string) => ToolDeclaration | undefined,
): InvokeCall | undefined {
  const start = INVOKE.exec(text);
  const name = start?.[1] ?? start?.[2];
  if (!start || !name) return undefined;
  const properties = tool(name)?.parameters?.['properties'];
  const members: string[] = [];
  let at = start[0].length;
  for (;;) {
    while (at < text.length && text[at]!.trim() === '') at++;
    if (at >= text.length || text.startsWith('</invoke', at)) break;
    PARAMETER.lastIndex = at;
    const parameter = PARAMETER.exec(text);
    const key = parameter?.[1] ?? parameter?.[2];
    if (!parameter || key === undefined) return undefined;
    const end = text.indexOf(PARAMETER_END, PARAMETER.lastIndex);
    if (end < 0) return undefined;
    const schema = isJsonObject(properties) && Object.hasOwn(properties, key) ? properties[key] : undefined;
    members.push(`${JSON.stringify(key)}: ${valueText(text.slice(PARAMETER.lastIndex, end).trim(), schema)}`);
    at = end + PARAMETER_END.length;
  }
  return { name, arguments: `{${members.join(', ')}}` };
}

function valueText(text: string, schema: unknown): string {
  const type = isJsonObject(schema) ? schema['type'] : undefined;
  const types = Array.isArray(type) ? type : [type];
  if (type === undefined || types.includes('string')) return JSON.stringify(text);
  return isJson(text) ? text : JSON.stringify(text);
}

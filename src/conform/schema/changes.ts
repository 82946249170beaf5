import { type Dictionary, KEYWORDS, own, ROOT_KEYWORDS } from './rules.ts';

/** One thing that was changed in a schema, and where. */
export interface Change {
  /** Keywords and names joined with dots; `root` for the schema itself. */
  readonly path: string;
  readonly what: string;
}

/** Takes changes down, each once and no more than anybody reads. */
export interface ChangeList {
  readonly list: readonly Change[];
  add(path: string, what: string): void;
}

const MOST_CHANGES = 100;

const WHAT: { readonly [keyword: string]: string } = {
  allOf: 'merged `allOf`',
  oneOf: '`oneOf` became `anyOf`',
  const: '`const` became `enum`',
  prefixItems: '`prefixItems` became `items`',
  nullable: '`nullable` became a type',
  exclusiveMinimum: '`exclusiveMinimum` became `minimum`',
  exclusiveMaximum: '`exclusiveMaximum` became `maximum`',
  definitions: '`definitions` became `$defs`',
  patternProperties: '`patternProperties` became further properties',
};

/** An empty list. */
export function changeList(): ChangeList {
  const list: Change[] = [];
  const seen = new Set<string>();
  return {
    list,
    add(path, what) {
      const key = `${path}\n${what}`;
      if (list.length >= MOST_CHANGES || seen.has(key)) return;
      seen.add(key);
      list.push({ path: path.length > 200 ? `${path.slice(0, 200)}…` : path, what });
    },
  };
}

/** Takes down what cannot stay of a schema's own keywords. */
export function addKeywordChanges(changes: ChangeList, raw: Dictionary, path: string): void {
  for (const keyword of Object.keys(raw)) {
    if (KEYWORDS.has(keyword) && (path === 'root' || !ROOT_KEYWORDS.has(keyword))) continue;
    const shown = keyword.length > 60 ? `${keyword.slice(0, 60)}…` : keyword;
    changes.add(path, (Object.hasOwn(WHAT, keyword) && WHAT[keyword]) || `dropped \`${shown}\``);
  }
  if (Array.isArray(own(raw, 'items'))) changes.add(path, 'the places of a tuple became one kind of item');
  if (Object.hasOwn(raw, 'anyOf') && Object.keys(raw).some((key) => key === 'type' || key === 'properties')) {
    changes.add(path, 'what stood beside `anyOf` went into its branches');
  }
  const ref = own(raw, '$ref');
  if (typeof ref === 'string' && Object.keys(raw).some((key) => key === 'type' || key === 'properties')) {
    changes.add(path, 'what stood beside `$ref` was merged with it');
  }
}

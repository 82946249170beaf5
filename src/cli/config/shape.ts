/**
 * What a value of the configuration must be. One description of the settings (`settings.ts`) is what files are checked
 * by and what the published JSON schema is written from, so the two cannot disagree.
 */
export type Shape = TextShape | NumberShape | SwitchShape | ListShape | SectionShape | MapShape;

interface Described {
  /** A sentence or two for whoever writes the file: editors show it. */
  readonly about: string;
  /** Whether the section must have it. Default false. */
  readonly required?: boolean;
}

export interface TextShape extends Described {
  readonly type: 'text';
  readonly choices?: readonly string[];
  /** The source of a regular expression that fits all of it. */
  readonly pattern?: string;
  /** What the pattern asks for, as in `It must be …`. */
  readonly form?: string;
  /** It must never be shown. */
  readonly secret?: boolean;
}

export interface NumberShape extends Described {
  readonly type: 'number';
  readonly whole?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  /** It must be greater than this. */
  readonly above?: number;
}

export interface SwitchShape extends Described {
  readonly type: 'switch';
}

export interface ListShape extends Described {
  readonly type: 'list';
  readonly of: Shape;
  /** It must have an entry. */
  readonly filled?: boolean;
}

export interface SectionShape extends Described {
  readonly type: 'section';
  readonly fields: { readonly [name: string]: Shape };
  /** Whether names that begin with `x-` may hold anything: a place for anchors. */
  readonly extensions?: boolean;
}

/** Any names, each with the same kind of value; without `of` any value at all. */
export interface MapShape extends Described {
  readonly type: 'map';
  readonly of?: Shape;
}

/** What stands for the value of an environment variable, in any text. */
export const REFERENCE = '\\$\\{';

/** Whether a text names environment variables (or escapes one), so that its value is only known where they are. */
export function hasReference(text: string): boolean {
  return text.includes('${');
}

/** Why a text is not one of this shape; undefined if it is. The text itself is not repeated where it is secret. */
export function textFault(text: string, shape: TextShape): string | undefined {
  if (text === '') return 'is empty';
  if (shape.choices && !shape.choices.includes(text)) return `is ${shown(text, shape)}, which is not known`;
  if (shape.pattern !== undefined && !new RegExp(shape.pattern, 'u').test(text)) {
    return `is ${shown(text, shape)}`;
  }
  return undefined;
}

/** Why a number is not one of this shape; undefined if it is. */
export function numberFault(value: number, shape: NumberShape): string | undefined {
  const { whole = false, minimum = -Infinity, maximum = Infinity, above = -Infinity } = shape;
  if (!Number.isFinite(value)) return 'is no finite number';
  const fits = value >= minimum && value <= maximum && value > above && (!whole || Number.isInteger(value));
  return fits ? undefined : `is ${value}`;
}

/** What a value of this shape is, to follow `It must be`. */
export function formOf(shape: Shape): string {
  switch (shape.type) {
    case 'text':
      return shape.choices ? `one of ${shape.choices.join(', ')}` : (shape.form ?? 'a text');
    case 'number':
      return numberForm(shape);
    case 'switch':
      return 'true or false';
    case 'list':
      return 'a list: one entry on each line, each after a "- "';
    case 'section':
    case 'map':
      return 'a section: lines of "name: value", indented';
  }
}

function numberForm({ whole, minimum, maximum, above }: NumberShape): string {
  const kind = whole ? 'a whole number' : 'a number';
  if (above !== undefined)
    return `${kind} above ${above}${maximum === undefined ? '' : `, at most ${maximum}`}`;
  if (maximum !== undefined) return `${kind} from ${minimum ?? 0} to ${maximum}`;
  return minimum === undefined ? kind : `${kind} from ${minimum}`;
}

const LONGEST = 60;

function shown(text: string, { secret = false }: TextShape): string {
  if (secret) return 'not of the right form';
  return JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
}

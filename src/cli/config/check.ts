import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Scalar } from 'yaml';
import { nearest } from '../../core/index.ts';
import { expand } from './environment.ts';
import { type MapEntry, mapEntries } from './map-entries.ts';
import { type ConfigProblem, pathTo } from './problem.ts';
import {
  formOf,
  hasReference,
  type MapShape,
  numberFault,
  type SectionShape,
  type Shape,
  type TextShape,
  textFault,
} from './shape.ts';

/** What a document says, and where. */
export interface Checked {
  /** The value, variables replaced; what is faulty is left out. */
  readonly value: unknown;
  /** By path (`models[0].name`): where the value stands, and the variables that it came from. */
  readonly places: ReadonlyMap<string, Place>;
  readonly problems: readonly ConfigProblem[];
  /** The paths of sections in which something was faulty, so that what seems to be missing there may not be. */
  readonly faulty: ReadonlySet<string>;
  /** Something that must be there is not, or was faulty: the value is not of the shape. */
  readonly incomplete: boolean;
}

export interface Place {
  readonly line: number;
  readonly column: number;
  readonly variables: readonly string[];
}

/** Values that a file may hold, those counted again that an alias repeats. */
const MOST_VALUES = 100_000;
/** Looking for what an alias stands for takes the parser a walk through the file. */
const MOST_ALIASES = 1000;
const DEEPEST = 100;
/** So many are listed only where it cannot be said which one is meant. */
const MANY_CHOICES = 8;

/** Checks a document by its shape and replaces the variables in it. Never throws. */
export function checkDocument(
  document: Document,
  shape: SectionShape,
  environment: NodeJS.ProcessEnv,
  locate: (offset: number) => { line: number; column: number },
): Checked {
  const checker = new Checker(document, environment, locate);
  const value = checker.check((document.contents ?? undefined) as Node | undefined, shape, '', 0, 0);
  const { places, problems, faulty, incomplete } = checker;
  return { value, places, problems, faulty, incomplete: incomplete || value === undefined };
}

class Checker {
  readonly places = new Map<string, Place>();
  readonly problems: ConfigProblem[] = [];
  readonly faulty = new Set<string>();
  incomplete = false;
  readonly #document: Document;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #locate: (offset: number) => { line: number; column: number };
  #values = 0;
  #aliases = 0;
  #full = false;

  constructor(
    document: Document,
    environment: NodeJS.ProcessEnv,
    locate: (offset: number) => { line: number; column: number },
  ) {
    this.#document = document;
    this.#environment = environment;
    this.#locate = locate;
  }

  /** The value of a node that must have this shape; `offset` is where it should stand if there is none. */
  check(given: Node | undefined, shape: Shape, path: string, offset: number, depth: number): unknown {
    const node = this.#resolved(given, path, depth);
    if (node === TOO_MUCH) return undefined;
    const isEmpty = node === undefined || (isScalar(node) && node.value === null);
    // Where nothing stands, the name is what is to be looked at.
    const at = isEmpty ? offset : (given?.range?.[0] ?? offset);
    this.places.set(path, { ...this.#locate(at), variables: [] });
    const wrong = (what: string) => this.#wrongType(path, at, what, shape);
    if (node === undefined || isEmpty) return wrong('is empty');
    switch (shape.type) {
      case 'section':
        return isMap(node) ? this.#section(node, shape, path, at, depth) : wrong(`is ${kindOf(node)}`);
      case 'map':
        return isMap(node) ? this.#map(node, shape, path, depth) : wrong(`is ${kindOf(node)}`);
      case 'list': {
        if (!isSeq(node)) return wrong(`is ${kindOf(node)}`);
        if (shape.filled && node.items.length === 0) {
          return this.report(at, 'shape', `${path} is an empty list.`, 'Add an entry.');
        }
        const items = node.items as (Node | null)[];
        const values = items.map((item, i) =>
          this.check(item ?? undefined, shape.of, pathTo(path, i), at, depth + 1),
        );
        this.incomplete ||= values.includes(undefined);
        return values;
      }
      default:
        return isScalar(node) ? this.#scalar(node, shape, path, at) : wrong(`is ${kindOf(node)}`);
    }
  }

  #section(node: Node & object, shape: SectionShape, path: string, at: number, depth: number): object {
    const value: Record<string, unknown> = {};
    const given = new Set<string>();
    for (const { name, key, value: child } of this.#entries(node, path)) {
      const offset = key.range?.[0] ?? at;
      given.add(name);
      if (shape.extensions && name.startsWith('x-')) continue;
      if (!Object.hasOwn(shape.fields, name)) {
        this.#unknown(name, shape, path, offset);
        this.faulty.add(path);
        continue;
      }
      const field = shape.fields[name]!;
      const checked = this.check(child, field, pathTo(path, name), offset, depth + 1);
      if (checked !== undefined) value[name] = checked;
      else this.faulty.add(path);
      if (checked === undefined && field.required) this.incomplete = true;
    }
    for (const [name, field] of Object.entries(shape.fields)) {
      if (!field.required || given.has(name)) continue;
      this.incomplete = true;
      const message = `${path === '' ? 'The file' : path} has no ${name}.`;
      this.report(at, 'shape', message, `Add ${name}: ${field.about}`);
    }
    return value;
  }

  #map(node: Node & object, shape: MapShape, path: string, depth: number): object {
    const entries = this.#entries(node, path).map(({ name, key, value }) => {
      const place = pathTo(path, name);
      const offset = key.range?.[0] ?? 0;
      const checked = shape.of
        ? this.check(value, shape.of, place, offset, depth + 1)
        : this.#anything(value, place, offset, depth + 1);
      return [name, checked] as const;
    });
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  }

  /** Any value as JSON has them, variables replaced. */
  #anything(given: Node | undefined, path: string, offset: number, depth: number): unknown {
    const node = this.#resolved(given, path, depth);
    if (node === TOO_MUCH) return undefined;
    if (node === undefined) return null;
    const at = given?.range?.[0] ?? offset;
    if (isMap(node)) return this.#map(node, { type: 'map', about: '' }, path, depth);
    if (isSeq(node)) {
      const items = node.items as (Node | null)[];
      return items.map((item, i) => this.#anything(item ?? undefined, pathTo(path, i), at, depth + 1));
    }
    const { value } = node as Scalar;
    if (typeof value === 'string') return this.#expanded(value, path, at)?.value;
    if (typeof value !== 'number' || Number.isFinite(value)) return value;
    return this.report(at, 'shape', `${path} is no finite number.`, 'JSON has no such number.');
  }

  #scalar(node: Scalar, shape: Shape, path: string, at: number): unknown {
    const { value } = node;
    if (typeof value === 'string' && hasReference(value)) return this.#fromVariable(value, shape, path, at);
    if (shape.type === 'switch') {
      return typeof value === 'boolean' ? value : this.#wrongType(path, at, `is ${kindOf(node)}`, shape);
    }
    if (shape.type === 'number') {
      if (typeof value !== 'number') return this.#wrongType(path, at, `is ${kindOf(node)}`, shape);
      const fault = numberFault(value, shape);
      return fault === undefined ? value : this.#wrongType(path, at, fault, shape);
    }
    if (typeof value !== 'string') {
      return this.report(at, 'shape', `${path} is ${kindOf(node)}, not a text.`, 'Put quotes around it.');
    }
    const fault = textFault(value, shape as TextShape);
    return fault === undefined ? value : this.#wrongType(path, at, fault, shape, value);
  }

  /** The value of a text with variables, whose own text is never shown. */
  #fromVariable(text: string, shape: Shape, path: string, at: number): unknown {
    const expanded = this.#expanded(text, path, at);
    if (!expanded) return undefined;
    const { value, variables } = expanded;
    this.places.set(path, { ...this.#locate(at), variables });
    const read = readAs(value, shape);
    if (read !== undefined) return read;
    const source = variables.length > 0 ? `, which comes from ${variables.join(' and ')},` : '';
    const message = `${path}${source} is ${value === '' ? 'empty' : 'not of the right form'}.`;
    return this.report(at, 'meaning', message, `It must be ${formOf(shape)}.`);
  }

  #expanded(text: string, path: string, at: number): ReturnType<typeof expand> | undefined {
    const expanded = expand(text, this.#environment);
    for (const { message, remedy } of expanded.faults) {
      this.report(at, 'meaning', `${path} ${message}.`, remedy);
    }
    return expanded.faults.length > 0 ? undefined : expanded;
  }

  #entries(node: Node & object, path: string): readonly MapEntry[] {
    if (!isMap(node)) return [];
    const { entries, faults } = mapEntries(node, this.#document);
    for (const fault of faults) {
      const subject = path === '' ? 'The file' : path;
      const message = fault.message.startsWith('<<') ? fault.message : `${subject} ${fault.message}`;
      this.report(fault.node.range?.[0] ?? 0, 'shape', `${message}.`, fault.remedy);
    }
    return entries;
  }

  /** The node that an alias stands for; reports one that leads nowhere, in a circle or too far. */
  #resolved(given: Node | undefined, path: string, depth: number): Node | undefined | typeof TOO_MUCH {
    if (this.#full) return TOO_MUCH;
    if (isAlias(given)) this.#aliases++;
    if (++this.#values > MOST_VALUES || this.#aliases > MOST_ALIASES || depth > DEEPEST) {
      this.#full = true;
      const message = `${path} makes the file too large: it repeats or nests what it holds too often.`;
      this.report(given?.range?.[0] ?? 0, 'shape', message, 'Use fewer aliases.');
      return TOO_MUCH;
    }
    if (!isAlias(given)) return given;
    const target = given.resolve(this.#document);
    if (target) return target;
    const message = `${path} is the alias *${given.source}, which nothing before it defines.`;
    this.report(given.range?.[0] ?? 0, 'shape', message, `Mark what is meant with &${given.source}.`);
    return TOO_MUCH;
  }

  #unknown(name: string, shape: SectionShape, path: string, at: number): void {
    const names = Object.keys(shape.fields);
    const meant = nearest(name, names);
    const known = `Known here: ${names.join(', ')}.`;
    const remedy = meant === undefined ? known : `Did you mean ${meant}? ${known}`;
    this.report(at, 'shape', `${pathTo(path, name)} is no setting.`, remedy);
  }

  #wrongType(path: string, at: number, what: string, shape: Shape, text?: string): undefined {
    const choices = shape.type === 'text' ? shape.choices : undefined;
    const meant = choices && text !== undefined ? nearest(text, choices) : undefined;
    const remedy =
      what === 'is empty' && path !== ''
        ? `Give it a value (${formOf(shape)}) or remove the line.`
        : `It must be ${formOf(shape)}.`;
    const subject = path === '' ? 'The file' : path;
    const many = (choices?.length ?? 0) > MANY_CHOICES;
    const advice = meant === undefined ? remedy : `Did you mean ${meant}?${many ? '' : ` ${remedy}`}`;
    return this.report(at, 'shape', `${subject} ${what}.`, advice);
  }

  report(offset: number, kind: 'shape' | 'meaning', message: string, remedy: string): undefined {
    this.problems.push({ ...this.#locate(offset), kind, message, remedy });
  }
}

/** Stands for a value that was reported and is not to be looked at. */
const TOO_MUCH = Symbol('too much');

function readAs(text: string, shape: Shape): unknown {
  if (shape.type === 'number') {
    const value = /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    return numberFault(value, shape) === undefined ? value : undefined;
  }
  if (shape.type === 'switch') return text === 'true' ? true : text === 'false' ? false : undefined;
  return textFault(text, shape as TextShape) === undefined ? text : undefined;
}

function kindOf(node: Node): string {
  if (isMap(node)) return 'a section';
  if (isSeq(node)) return 'a list';
  const value = isScalar(node) ? node.value : undefined;
  if (typeof value === 'number' || typeof value === 'bigint') return 'a number';
  return typeof value === 'boolean' ? 'true or false' : 'a text';
}

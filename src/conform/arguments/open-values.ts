import type { Shape } from './shape.ts';

/** Deeper than this no schema goes that a model can follow; what is nested deeper passes as it is. */
const MAX_DEPTH = 512;

/** Repairs the text of a value that stood in a string. */
export interface Nesting {
  /** How many strings are around the text. */
  readonly depth: number;
  repair(text: string, shape: Shape): string;
}

interface Open {
  readonly isObject: boolean;
  readonly shape: Shape | undefined;
  /** The position of the item, or the last key. */
  position: number;
  key: string;
}

/** The objects and arrays that are open, and where in them the text stands. */
export class OpenValues {
  readonly #open: Open[] = [];

  get depth(): number {
    return this.#open.length;
  }

  get inObject(): boolean {
    return this.#open.at(-1)?.isObject ?? false;
  }

  /** False: too deep. */
  push(isObject: boolean, shape: Shape | undefined): boolean {
    if (this.#open.length >= MAX_DEPTH) return false;
    this.#open.push({ isObject, shape, position: 0, key: '' });
    return true;
  }

  pop(): void {
    this.#open.pop();
  }

  /** The key as it is written, without its quotes. */
  setKey(written: string): void {
    this.#open.at(-1)!.key = written.includes('\\') ? decoded(written) : written;
  }

  shapeOfField(): Shape | undefined {
    const { shape, key } = this.#open.at(-1)!;
    return shape?.field(key);
  }

  shapeOfItem(): Shape | undefined {
    const { shape, position } = this.#open.at(-1)!;
    return shape?.item(position);
  }

  /** After a comma: the shape of the item that follows; undefined in an object. */
  nextItem(): Shape | undefined {
    const open = this.#open.at(-1)!;
    if (open.isObject) return undefined;
    open.position++;
    return open.shape?.item(open.position);
  }

  path(): (string | number)[] {
    return this.#open.map(({ isObject, key, position }) => (isObject ? key : position));
  }
}

function decoded(key: string): string {
  try {
    return String(JSON.parse(`"${key}"`));
  } catch {
    return key;
  }
}

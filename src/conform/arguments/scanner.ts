import { isJson } from '../../core/index.ts';
import {
  APOSTROPHE,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  isScalar,
  isSpace,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from './characters.ts';
import { Held } from './held.ts';
import { type Nesting, OpenValues } from './open-values.ts';
import { pythonConstant, type Repair, type ScannerState } from './scanner-state.ts';
import type { Shape } from './shape.ts';
import { StringReader } from './string-reader.ts';
import { stringIn, unwrapped } from './unwrap.ts';
import { STRING } from './value-types.ts';

/**
 * Reads the text of one JSON object as it arrives and says what must be changed in it. What may have to change is held
 * (`held.holding`) until that is known; healthy text never is, but for a comma or an unwanted string at a piece's end.
 */
export class ArgumentScanner {
  readonly held = new Held();
  readonly repairs: Repair[] = [];
  readonly #open = new OpenValues();
  readonly #nesting: Nesting;
  #state: ScannerState = 'begin';
  #text = '';
  /** Of the value whose first character is next. */
  #expected: Shape | undefined;
  /** The comma that may turn out to be one too many. */
  #comma = -1;
  readonly #string = new StringReader(this.held);
  /** The string is a key; it is a value where the schema wants no string. */
  #isKey = false;
  #unwraps = false;
  #word = '';
  #wordAt = 0;
  #surplusAt = -1;

  /** `nesting` repairs the text of a value that stood in a string. */
  constructor(shape: Shape | undefined, nesting: Nesting) {
    this.#expected = shape;
    this.#nesting = nesting;
  }

  /** Whether the text is judged only when it is whole. */
  get isOther(): boolean {
    return this.#state === 'other';
  }

  /** Reads the next piece. It must be given to `held` afterwards. */
  scan(text: string): void {
    this.#text = text;
    this.held.begin(text);
    let at = 0;
    while (at < text.length) {
      at = this.#state === 'string' ? this.#readString(at) : this.#readStructure(at);
    }
  }

  /** The text is over: what was found so far is all there is to find. */
  end(): void {
    if (this.#state === 'end' && this.#surplusAt >= 0) {
      this.held.edit(this.#surplusAt, this.held.base - this.#surplusAt, '');
      this.#tell('surplus closing brackets');
    }
    this.held.dropTentative();
    this.held.holding = false;
  }

  #readStructure(at: number): number {
    const code = this.#text.charCodeAt(at);
    switch (this.#state) {
      case 'scalar':
        return this.#readScalar(at);
      case 'word':
        return this.#readWord(at);
      case 'other':
        this.held.holding = true;
        return this.#text.length;
      case 'broken':
        return this.#text.length;
    }
    if (isSpace(code)) {
      // It goes with what follows, which may be judged as a whole.
      if (this.#state === 'begin') this.held.holding = true;
      return at + 1;
    }
    if (this.#comma >= 0) this.#settleComma(code);
    switch (this.#state) {
      case 'begin':
        if (code === OPEN_BRACE || (code === OPEN_BRACKET && this.#nesting.depth > 0)) {
          this.held.holding = false;
          this.#push(code);
        } else {
          this.#state = 'other';
          return at;
        }
        break;
      case 'first-key':
      case 'key':
        if (code === QUOTE || code === APOSTROPHE) this.#beginString(at, code, true);
        else if (code === CLOSE_BRACE && this.#state === 'first-key') this.#pop(code);
        else this.#break();
        break;
      case 'colon':
        if (code !== COLON) this.#break();
        else {
          this.#expected = this.#open.shapeOfField();
          this.#state = 'value';
        }
        break;
      case 'first-value':
      case 'value':
        return this.#beginValue(at, code);
      case 'after':
        if (code === COMMA) {
          this.#comma = this.held.base + at;
          this.held.holding = true;
          this.#expected = this.#open.nextItem();
          this.#state = this.#open.inObject ? 'key' : 'value';
        } else this.#pop(code);
        break;
      case 'end':
        if (code !== CLOSE_BRACE && code !== CLOSE_BRACKET) this.#break();
        else if (this.#surplusAt < 0) {
          this.#surplusAt = this.held.base + at;
          this.held.holding = true;
        }
    }
    return at + 1;
  }

  #beginValue(at: number, code: number): number {
    if (code === QUOTE || code === APOSTROPHE) this.#beginString(at, code, false);
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) this.#push(code);
    else if (code === CLOSE_BRACKET && this.#state === 'first-value') this.#pop(code);
    else if (code === 84 || code === 70 || code === 78) {
      this.#wordAt = this.held.base + at;
      this.#word = '';
      this.held.holding = true;
      this.#state = 'word';
      return at;
    } else if (isScalar(code)) this.#state = 'scalar';
    else this.#break();
    return at + 1;
  }

  #readScalar(from: number): number {
    let at = from;
    while (at < this.#text.length && isScalar(this.#text.charCodeAt(at))) at++;
    if (at < this.#text.length) this.#afterValue();
    return at;
  }

  #readWord(from: number): number {
    let at = from;
    while (at < this.#text.length && isScalar(this.#text.charCodeAt(at))) at++;
    // Longer than any word that counts: it need not be kept.
    this.#word = (this.#word + this.#text.slice(from, at)).slice(0, 8);
    if (at === this.#text.length) return at;
    const meant = pythonConstant(this.#word);
    if (meant === undefined) this.#break();
    else {
      this.held.edit(this.#wordAt, this.#word.length, meant);
      this.#tell('a Python constant');
      this.held.holding = false;
      this.#afterValue();
    }
    return at;
  }

  #beginString(at: number, quote: number, isKey: boolean): void {
    const types = isKey ? STRING : (this.#expected?.types ?? STRING);
    this.#isKey = isKey;
    this.#unwraps = (types & STRING) === 0 && types !== 0;
    this.#string.begin(at, quote, this.#unwraps, isKey);
    this.#state = 'string';
  }

  #readString(from: number): number {
    const at = this.#string.read(this.#text, from);
    if (at === this.#text.length) return at;
    const { clear, kinds } = this.#string.end(at);
    if (this.#isKey) this.#open.setKey(this.#string.written);
    for (const kind of kinds) this.#tell(kind);
    if (clear && this.#unwraps) this.#unwrap(this.held.base + at + 1);
    this.held.holding = false;
    if (this.#isKey) this.#state = 'colon';
    else this.#afterValue();
    return at + 1;
  }

  #unwrap(to: number): void {
    const expected = this.#expected!;
    const changed = this.held.replace(this.#string.start, to, (literal) => {
      const value = stringIn(literal);
      const inner = value === undefined ? undefined : unwrapped(value, expected.types);
      const repaired = inner === undefined ? undefined : this.#nesting.repair(inner, expected);
      return repaired !== undefined && isJson(repaired) ? repaired : undefined;
    });
    if (changed) this.#tell('a value inside a string');
  }

  #settleComma(code: number): void {
    if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      const closes = this.#open.inObject ? CLOSE_BRACE : CLOSE_BRACKET;
      if (code === closes) {
        this.held.edit(this.#comma, 1, '');
        this.#state = 'after';
        this.#tell('a trailing comma');
      }
    }
    this.#comma = -1;
    this.held.holding = false;
  }

  #push(code: number): void {
    const isObject = code === OPEN_BRACE;
    if (!this.#open.push(isObject, this.#expected)) {
      this.#break();
      return;
    }
    this.#expected = isObject ? undefined : this.#open.shapeOfItem();
    this.#state = isObject ? 'first-key' : 'first-value';
  }

  #pop(code: number): void {
    if (code !== (this.#open.inObject ? CLOSE_BRACE : CLOSE_BRACKET)) this.#break();
    else {
      this.#open.pop();
      this.#afterValue();
    }
  }

  #afterValue(): void {
    this.#state = this.#open.depth === 0 ? 'end' : 'after';
  }

  #break(): void {
    this.#state = 'broken';
    this.held.holding = false;
  }

  #tell(kind: string): void {
    // Enough to know what happened; a text of a million tabs is no reason for as many words.
    if (this.repairs.length < 100) this.repairs.push({ kind, path: this.#open.path() });
  }
}

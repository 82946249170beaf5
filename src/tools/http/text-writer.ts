/** Lists in each other that are indented. */
const MAX_INDENT = 8;

/** Puts text together: white space counts once, and breaks only where something follows. */
export class TextWriter {
  readonly #parts: string[] = [];
  /** What is written before the next text: a list's bullet, a heading's marks, the bracket of a link. */
  #marks = '';
  #breaks = 0;
  #space = false;
  #empty = true;
  #verbatim = 0;
  #cells = 0;
  /** The last number given in each open list; undefined in those with bullets. */
  readonly #lists: (number | undefined)[] = [];
  #link: { readonly href: string; begun: boolean } | undefined;

  text(text: string): void {
    if (this.#verbatim > 0) {
      this.#put(text.replace(/\r\n?/g, '\n'));
      return;
    }
    const plain = text.replace(/\u00AD/g, '').replace(/\s+/g, ' ');
    const words = plain.trim();
    if (plain.startsWith(' ') || words === '') this.#space = true;
    if (words === '') return;
    this.#put(words);
    this.#space = plain.endsWith(' ');
  }

  /** Something that is only written when text follows it. */
  mark(marks: string): void {
    this.#marks += marks;
  }

  /** Forgets the marks that no text has followed. */
  dropMarks(): void {
    this.#marks = '';
  }

  /** A line across. */
  rule(): void {
    this.line();
    this.#put('---');
    this.line();
  }

  line(): void {
    this.#breaks = Math.max(this.#breaks, 1);
    this.#cells = 0;
  }

  paragraph(): void {
    this.#breaks = 2;
    this.#cells = 0;
  }

  beginList(numbered: boolean): void {
    // Depth beyond what is shown is not kept, whatever a page nests.
    if (this.#lists.length < 1000) this.#lists.push(numbered ? 0 : undefined);
    if (this.#lists.length > 1) this.#breaks = 1;
  }

  endList(): void {
    this.#lists.pop();
    this.dropMarks();
  }

  item(): void {
    const last = this.#lists.length - 1;
    const number = this.#lists[last];
    if (number !== undefined) this.#lists[last] = number + 1;
    const indent = '  '.repeat(Math.min(MAX_INDENT, Math.max(0, last)));
    this.#marks = `${indent}${number === undefined ? '-' : `${number + 1}.`} `;
  }

  cell(): void {
    if (this.#cells++ > 0 && this.#breaks === 0) {
      this.#parts.push(' |');
      this.#space = true;
    }
  }

  beginLink(href: string | undefined): void {
    this.endLink();
    if (href !== undefined && this.#verbatim === 0) this.#link = { href, begun: false };
  }

  endLink(): void {
    if (this.#link?.begun) this.#parts.push(`](${this.#link.href})`);
    this.#link = undefined;
  }

  beginVerbatim(): void {
    if (this.#verbatim++ > 0) return;
    this.#put('```\n');
    this.#breaks = 0;
  }

  endVerbatim(): void {
    if (this.#verbatim === 0 || --this.#verbatim > 0) return;
    this.#parts.push('\n```');
  }

  end(): string {
    this.endLink();
    if (this.#verbatim > 0) this.#parts.push('\n```');
    return this.#parts
      .join('')
      .replace(/\n{3,}/g, '\n\n')
      .trim();
  }

  #put(text: string): void {
    if (!this.#empty && this.#breaks > 0) this.#parts.push('\n'.repeat(this.#breaks));
    else if (!this.#empty && this.#space) this.#parts.push(' ');
    this.#parts.push(this.#marks);
    if (this.#link && !this.#link.begun) {
      this.#parts.push('[');
      this.#link.begun = true;
    }
    this.#parts.push(text);
    this.#marks = '';
    this.#breaks = 0;
    this.#space = false;
    this.#empty = false;
  }
}

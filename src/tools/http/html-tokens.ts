import { decodeEntities } from './entities.ts';

/** One piece of an HTML text. */
export type HtmlToken =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'open'; readonly name: string; readonly attributes: string; readonly closed: boolean }
  | { readonly type: 'close'; readonly name: string };

/** Elements whose content is no markup. */
const RAW = new Set(['script', 'style', 'title', 'textarea', 'iframe', 'noembed', 'noframes', 'xmp']);
/** Elements with markup of their own, of which nothing is to be read. */
const SKIPPED = new Set(['svg', 'math', 'template', 'object', 'canvas', 'audio', 'video', 'select']);

const NAME = /[a-zA-Z][^\s/>]*/y;

/**
 * Cuts HTML into tags and text, as the standard's tokenizer does for text without faults. What is begun and never
 * ended takes all the rest with it, so that no text takes longer than its length.
 */
export function* htmlTokens(html: string): Generator<HtmlToken> {
  let at = 0;
  while (at < html.length) {
    const tag = html.indexOf('<', at);
    const end = tag < 0 ? html.length : tag;
    if (end > at) yield { type: 'text', text: decodeEntities(html.slice(at, end)) };
    if (tag < 0) return;
    const next = html[tag + 1] ?? '';
    if (next === '!' || next === '?') {
      at = html.startsWith('<!--', tag) ? after(html, '-->', tag + 2) : after(html, '>', tag);
      continue;
    }
    NAME.lastIndex = next === '/' ? tag + 2 : tag + 1;
    const name = NAME.exec(html)?.[0].toLowerCase();
    if (name === undefined) {
      if (next !== '/') yield { type: 'text', text: '<' };
      at = next === '/' ? after(html, '>', tag) : tag + 1;
      continue;
    }
    const close = tagEnd(html, NAME.lastIndex);
    const attributes = html.slice(NAME.lastIndex, close);
    at = close + 1;
    if (next === '/') {
      yield { type: 'close', name };
      continue;
    }
    const closed = attributes.endsWith('/');
    yield { type: 'open', name, attributes, closed };
    if (!RAW.has(name) && (!SKIPPED.has(name) || closed)) continue;
    const [from, to] = contentEnd(html, name, at);
    if (name === 'title' || name === 'textarea' || name === 'xmp') {
      yield { type: 'text', text: decodeEntities(html.slice(at, from)) };
    }
    yield { type: 'close', name };
    at = to;
  }
}

/** The value of an attribute; undefined when the tag has none of this name. */
export function attributeOf(attributes: string, name: 'href' | 'alt' | 'start'): string | undefined {
  // Without a way to fit anything in two ways, so that it is linear.
  const all = /([^\s=/"'>]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g;
  for (const [, key, double, single, bare] of attributes.slice(0, 4000).matchAll(all)) {
    if (key!.toLowerCase() === name) return decodeEntities(double ?? single ?? bare ?? '');
  }
  return undefined;
}

function after(html: string, end: string, from: number): number {
  const at = html.indexOf(end, from);
  return at < 0 ? html.length : at + end.length;
}

/** Where the `>` of a tag is: not one within quotes that follow a `=`. */
function tagEnd(html: string, from: number): number {
  for (let i = from; i < html.length; i++) {
    const character = html[i];
    if (character === '>') return i;
    if (character !== '=') continue;
    while (/\s/.test(html[i + 1] ?? '')) i++;
    const quote = html[i + 1];
    if (quote !== '"' && quote !== "'") continue;
    const closing = html.indexOf(quote, i + 2);
    if (closing < 0) return html.length;
    i = closing;
  }
  return html.length;
}

/** Where the content of an element ends that is not looked into, and where its closing tag does. */
function contentEnd(html: string, name: string, from: number): [number, number] {
  const closing = new RegExp(`</${name}(?=[\\s/>])`, 'gi');
  closing.lastIndex = from;
  const found = closing.exec(html);
  return found ? [found.index, after(html, '>', found.index)] : [html.length, html.length];
}

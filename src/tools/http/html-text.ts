import { attributeOf, type HtmlToken, htmlTokens } from './html-tokens.ts';
import { parseUrl } from './parse-url.ts';
import { TextWriter } from './text-writer.ts';

/** Elements that stand on lines of their own, and those with an empty line around them. */
const LINES = new Set(
  'address article aside dd details div dl dt fieldset figcaption figure footer form header hr legend li main nav option section summary tr'.split(
    ' ',
  ),
);
const PARAGRAPHS = new Set('blockquote h1 h2 h3 h4 h5 h6 ol p pre table ul'.split(' '));
const MAX_HREF = 500;
/** Links of a page that are shown; of further ones only the text, since reading a URL takes time. */
const MAX_LINKS = 5000;

/** Where a page is from, and how many links of it were read. */
interface Page {
  readonly base: URL;
  links: number;
}

/**
 * The text of a page as a reader sees it, with headings, lists, tables and links as in Markdown. It keeps no tree, and
 * takes time and memory in proportion to the page, whatever is in it.
 */
export function htmlToText(html: string, base: URL): { text: string; title?: string } {
  const writer = new TextWriter();
  const page: Page = { base, links: 0 };
  let title: string | undefined;
  let isTitle = false;
  for (const token of htmlTokens(html)) {
    if (token.type === 'text') {
      if (isTitle) title ??= token.text.replace(/\s+/g, ' ').trim().slice(0, 300);
      else writer.text(token.text);
    } else if (token.name === 'title') isTitle = token.type === 'open';
    else if (token.type === 'open') open(writer, token, page);
    else close(writer, token.name);
  }
  return { text: writer.end(), ...(title !== undefined && title !== '' && { title }) };
}

function open(writer: TextWriter, { name, attributes }: HtmlToken & { type: 'open' }, page: Page): unknown {
  breakAround(writer, name);
  switch (name) {
    case 'br':
      return writer.line();
    case 'hr':
      return writer.rule();
    case 'pre':
      return writer.beginVerbatim();
    case 'ul':
    case 'ol':
      return writer.beginList(name === 'ol');
    case 'li':
      return writer.item();
    case 'td':
    case 'th':
      return writer.cell();
    case 'a':
      return writer.beginLink(targetOf(attributeOf(attributes, 'href'), page));
    case 'img': {
      const alt = attributeOf(attributes, 'alt')?.trim();
      return alt && writer.text(` [image: ${alt.slice(0, 300)}] `);
    }
    default:
      return /^h[1-6]$/.test(name) && writer.mark(`${'#'.repeat(Number(name[1]))} `);
  }
}

function close(writer: TextWriter, name: string): void {
  if (name === 'a') writer.endLink();
  if (name === 'pre') writer.endVerbatim();
  if (name === 'ul' || name === 'ol') writer.endList();
  if (name === 'li' || /^h[1-6]$/.test(name)) writer.dropMarks();
  if (name !== 'li') breakAround(writer, name);
}

function breakAround(writer: TextWriter, name: string): void {
  if (PARAGRAPHS.has(name)) writer.paragraph();
  else if (LINES.has(name)) writer.line();
}

/** Where a link leads, as a whole URL; undefined where that is nowhere to go. */
function targetOf(href: string | undefined, page: Page): string | undefined {
  if (href === undefined || href === '' || href.startsWith('#') || page.links++ >= MAX_LINKS)
    return undefined;
  const url = parseUrl(href, page.base);
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined;
  return url.href.length > MAX_HREF ? undefined : url.href;
}

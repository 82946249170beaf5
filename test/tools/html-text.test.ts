import { describe, expect, it } from 'vitest';
import { htmlToText } from '../../src/tools/http/html-text.ts';

const read = (html: string) => htmlToText(html, new URL('https://example.com/a/b')).text;

describe('HTML as text', () => {
  it('is what a reader sees, with headings, lists, tables, code and links', () => {
    const html = `<!DOCTYPE html><html><head><title>The &amp; page</title><style>p { color: red }</style>
      <script>if (a < b) document.write("<p>no</p>")</script></head>
      <body><!-- <p>not this</p> --><nav><a href="#top">Top</a> <a href="/home?a=1&copy=2">Home</a></nav>
      <h1>First   <em>heading</em></h1><p>One<br>two&nbsp;&hellip; <b>bo</b>ld</p>
      <ul><li>a</li><li><p>b</p><ol><li>c<li>d</ol></li></ul>
      <table><tr><th>x<th>y</tr><tr><td>1</td><td><a href=//other.org>2</a></td></tr></table>
      <pre><code>if (a &lt; b) {
  <a href="/x">c</a>();
}</code></pre><h2></h2><p>1 < 2 &unknown; &#169; &#x1F600; <a href="javascript:alert(1)">click</a>
      <img src=x alt="A cat"><svg><text>drawn</text></svg></p></body></html>`;
    expect(htmlToText(html, new URL('https://example.com/a/b'))).toEqual({
      title: 'The & page',
      text: `Top [Home](https://example.com/home?a=1&copy=2)

# First heading

One
two … bold

- a

- b
  1. c
  2. d

x | y
1 | [2](https://other.org/)

\`\`\`
if (a < b) {
  c();
}
\`\`\`

1 < 2 &unknown; © 😀 click [image: A cat]`,
    });
  });

  it.each([
    ['<p>a', 'a'],
    ['a<p', 'a'],
    ['a<a href="x', 'a'],
    ['a<!-- b', 'a'],
    ['a<script>b', 'a'],
    ['a</p x="1>2">b', 'a\n\nb'],
    ['<a title="x>y" href=z>b</a>', '[b](https://example.com/a/z)'],
    ['<SCRIPT>a</scripty></Script >b', 'b'],
    ['<a href=/1>b<a href=/2>c</a>', '[b](https://example.com/1)[c](https://example.com/2)'],
    ['<a href=/1></a>b', 'b'],
    ['<textarea>a<b></textarea>', 'a<b>'],
    ['&#0;&#xD800;&#x110000;&#150;&#99999999;', '\uFFFD\uFFFD\uFFFD–\uFFFD'],
    ['hy\u00ADphen', 'hyphen'],
    ['</li></ol></pre></a></h1>x', 'x'],
    ['<pre>a<div>b</div>c', '```\na\nb\nc\n```'],
    ['', ''],
    ['\0\uFFFF', '\0\uFFFF'],
  ])('is read from %j too', (html, text) => expect(read(html)).toBe(text));

  const MANY = 300_000;
  it.each([
    ['<'.repeat(MANY)],
    ['<a '.repeat(MANY)],
    ['<a href="'.repeat(MANY)],
    ["<a href='x' ".repeat(MANY)],
    ['<!--'.repeat(MANY)],
    ['<![CDATA['.repeat(MANY)],
    ['</'.repeat(MANY)],
    ['<script>'.repeat(MANY)],
    ['<script></script'.repeat(MANY)],
    ['<svg>'.repeat(MANY)],
    ['<div>'.repeat(MANY)],
    ['<ul><li>'.repeat(MANY)],
    ['<h1>'.repeat(MANY)],
    ['<pre>'.repeat(MANY)],
    ['<a href=/x>'.repeat(MANY)],
    ['&'.repeat(MANY)],
    ['&#'.repeat(MANY)],
    [`<p ${'a='.repeat(MANY)}>`],
    [`<p ${' '.repeat(MANY)}>`],
    [' '.repeat(MANY)],
    ['\n'.repeat(MANY)],
  ])('is read to the end whatever is begun and never ended: case %#', (html) => {
    expect(htmlToText(`before<p>${html}`, new URL('https://example.com')).text).toMatch(/^before/);
  });
});

import type { VerifyCase } from '../case.ts';
import * as tools from './tools-data.ts';
import { ask, call, calls } from './writing.ts';

/** More than 8,192 characters: engines had buffers of that size for one call. */
const LINES = Array.from(
  { length: 60 },
  (_, i) => `${i + 1}: The quick brown fox jumps over the lazy dog, and line ${i + 1} ends here.`,
).join('\n');
const LONG = Array.from(
  { length: 150 },
  (_, i) =>
    `row ${i + 1}; value ${(i * 7919) % 1000}; a sentence that makes the row a little longer than it was`,
).join('\n');
const CODE = `export function greet(name: string): string {\n  const text = \`Hello, \${name}!\\n\`;\n  return text.replace(/\\s+/g, ' ') + "\\t'quoted' and \\"doubly\\"";\n}\n`;
const JSON_TEXT = '{"a":{"b":[1,2,{"c":"}"}]},"d":"say \\"hi\\""}';
const HTML =
  '<!doctype html><html><body><p class="x">1 &lt; 2 &amp;&amp; 3 > 2</p><script>if (a < b) { c("</p>"); }</script></body></html>';
const MARKERS =
  'Kimi writes <|tool_call_begin|>functions.f:0<|tool_call_argument_begin|>{}<|tool_call_end|> and <think>thoughts</think>.';

/** Arguments that are long, or full of what parsers trip over. The text is given, so it is known byte for byte. */
export const LONG_ARGUMENTS: readonly VerifyCase[] = [
  ask(
    'long-arguments/lines',
    'long-arguments',
    [tools.WRITE_FILE],
    `Write exactly this text into fox.txt:\n${LINES}`,
    calls(call(tools.WRITE_FILE, { path: 'fox.txt', content: LINES })),
  ),
  ask(
    'long-arguments/over-8-kb',
    'long-arguments',
    [tools.WRITE_FILE],
    `Write exactly this table into table.txt:\n${LONG}`,
    calls(call(tools.WRITE_FILE, { path: 'table.txt', content: LONG }, ['path'])),
  ),
  ask(
    'long-arguments/code',
    'long-arguments',
    [tools.WRITE_FILE, tools.READ_FILE],
    `Write exactly this into src/greet.ts:\n${CODE}`,
    calls(call(tools.WRITE_FILE, { path: 'src/greet.ts', content: CODE })),
  ),
  ask(
    'long-arguments/json-in-json',
    'long-arguments',
    [tools.WRITE_FILE],
    `Write exactly this one line into data.json: ${JSON_TEXT}`,
    calls(call(tools.WRITE_FILE, { path: 'data.json', content: JSON_TEXT })),
  ),
  ask(
    'long-arguments/html',
    'long-arguments',
    [tools.WRITE_FILE],
    `Save exactly this page as index.html: ${HTML}`,
    calls(call(tools.WRITE_FILE, { path: 'index.html', content: HTML })),
  ),
  ask(
    'long-arguments/markers',
    'long-arguments',
    [tools.NOTE],
    `Save a note titled "Markers" with exactly this body: ${MARKERS}`,
    calls(call(tools.NOTE, { title: 'Markers', body: MARKERS }, ['title'])),
  ),
  ask(
    'long-arguments/backslashes',
    'long-arguments',
    [tools.WRITE_FILE],
    'Write exactly this into re.txt: ^\\\\d+\\s*\\\\"[^"]*\\\\"$',
    calls(call(tools.WRITE_FILE, { path: 're.txt', content: '^\\\\d+\\s*\\\\"[^"]*\\\\"$' })),
  ),
  ask(
    'long-arguments/both-modes',
    'long-arguments',
    [tools.SEND_MAIL],
    `Mail to team@example.com, subject "Minutes", with exactly this text:\n${LINES.slice(0, 700)}`,
    calls(
      call(tools.SEND_MAIL, { to: ['team@example.com'], subject: 'Minutes', body: LINES.slice(0, 700) }, [
        'to',
        'subject',
      ]),
    ),
    { modes: ['stream', 'whole'] },
  ),
  ask(
    'long-arguments/two-files',
    'long-arguments',
    [tools.WRITE_FILE],
    `Write the text below into both one.txt and two.txt, in one step:\n${LINES.slice(0, 500)}`,
    calls(
      call(tools.WRITE_FILE, { path: 'one.txt', content: LINES.slice(0, 500) }, ['path']),
      call(tools.WRITE_FILE, { path: 'two.txt', content: LINES.slice(0, 500) }, ['path']),
    ),
  ),
  ask(
    'long-arguments/many-items',
    'long-arguments',
    [tools.SEND_MAIL],
    `Send one mail to all of these people together, with the subject "Party" and the body "Come!": ${Array.from({ length: 40 }, (_, i) => `guest${i + 1}@example.com`).join(', ')}`,
    calls(
      call(tools.SEND_MAIL, {
        to: Array.from({ length: 40 }, (_, i) => `guest${i + 1}@example.com`),
        subject: 'Party',
        body: 'Come!',
      }),
    ),
  ),
];

/** Characters outside of ASCII: cut in the middle, escaped twice, or normalised. */
export const UNICODE: readonly VerifyCase[] = [
  ask(
    'unicode/chinese',
    'unicode',
    [tools.WEATHER],
    '北京现在的天气怎么样?请用中文城市名查询。',
    calls(call(tools.WEATHER, { city: '北京' }, [])),
  ),
  ask(
    'unicode/japanese',
    'unicode',
    [tools.NOTE],
    '「買い物」という題名で「牛乳と卵を買う」というメモを保存してください。',
    calls(call(tools.NOTE, { title: '買い物', body: '牛乳と卵を買う' })),
  ),
  ask(
    'unicode/emoji',
    'unicode',
    [tools.NOTE],
    'Save a note titled "Mood" with exactly this body: 👩‍👩‍👧‍👦 🇯🇵 👍🏽 ok',
    calls(call(tools.NOTE, { title: 'Mood', body: '👩‍👩‍👧‍👦 🇯🇵 👍🏽 ok' })),
  ),
  ask(
    'unicode/arabic',
    'unicode',
    [tools.TRANSLATE],
    'Translate the Arabic text "صباح الخير" into English with the tool.',
    calls(call(tools.TRANSLATE, { text: 'صباح الخير', target: 'en' })),
  ),
  ask(
    'unicode/accents',
    'unicode',
    [tools.SEARCH],
    'Search for "Čeněk Růžička" exactly as written.',
    calls(call(tools.SEARCH, { query: 'Čeněk Růžička' })),
  ),
  ask(
    'unicode/mathematics',
    'unicode',
    [tools.NOTE],
    'Save a note titled "Formula" with the body: ∀ε>0 ∃δ>0: |x−a|<δ ⇒ |f(x)−L|<ε',
    calls(call(tools.NOTE, { title: 'Formula', body: '∀ε>0 ∃δ>0: |x−a|<δ ⇒ |f(x)−L|<ε' })),
  ),
  ask(
    'unicode/astral',
    'unicode',
    [tools.TRANSLATE],
    'Send exactly "𝒳𝒴𝒵 𠮷野家" to the translation tool, target German.',
    calls(call(tools.TRANSLATE, { text: '𝒳𝒴𝒵 𠮷野家', target: 'de' })),
  ),
  ask(
    'unicode/path',
    'unicode',
    [tools.READ_FILE],
    'Lies die Datei Übersicht/Größe.txt.',
    calls(call(tools.READ_FILE, { path: 'Übersicht/Größe.txt' })),
  ),
  ask(
    'unicode/parallel',
    'unicode',
    [tools.WEATHER],
    'Погода в Москве и в Минске, оба города сразу, названия городов по-русски.',
    calls(call(tools.WEATHER, { city: 'Москва' }, []), call(tools.WEATHER, { city: 'Минск' }, [])),
  ),
  ask(
    'unicode/quotes',
    'unicode',
    [tools.NOTE],
    'Save a note titled “Quotes” whose body is exactly: „so“ «so» ‘so’ "so"',
    calls(call(tools.NOTE, { title: 'Quotes', body: '„so“ «so» ‘so’ "so"' }, ['body'])),
  ),
];

import { expect, test } from 'vitest';
import { mediaStage } from '../../src/conform/index.ts';
import type { ContentPart } from '../../src/core/index.ts';
import { applied, call, result, target, turn, user } from './fixtures.ts';

const image: ContentPart = { type: 'image', url: 'data:image/png;base64,AAAA' };
const video: ContentPart = { type: 'video', url: 'ms://file' };
const text = (words: string): ContentPart => ({ type: 'text', text: words });
const shots = [
  user(),
  turn(call('a'), call('b'), call('c')),
  result('a', [text('one'), image]),
  result('b', 'two'),
  result('c', [image, video]),
  user('next'),
];

test.each([
  ['Moonshot', target('moonshot', 'kimi-k2.6')],
  ['an Anthropic-compatible host', target(undefined, 'kimi-k2.6', { protocol: 'anthropic-messages' })],
])('results keep their media on %s', (_, to) => {
  expect(applied(mediaStage, { messages: shots }, to).untouched).toBe(true);
});

test.each([[undefined], ['vllm'], ['openrouter']])(
  'media of results move into a message behind all results of the turn on %s',
  (host) => {
    const { sent, notes } = applied(mediaStage, { messages: shots }, target(host, 'kimi-k2.6'));
    expect(sent.messages).toEqual([
      user(),
      shots[1],
      result('a', 'one\n[image in the message below]'),
      result('b', 'two'),
      result('c', '[images and video in the message below]'),
      user([text('From result 1 above:'), image, text('From result 3 above:'), image, video]),
      user('next'),
    ]);
    expect(notes).toEqual([
      {
        stage: 'media',
        action: 'moved',
        text: 'An image or video in messages[2] and 2 more are moved behind the results.',
      },
    ]);
  },
);

test('each turn gets its own message, also at the end', () => {
  const messages = [turn(call('a')), result('a', [image]), turn(call('b')), result('b', [image])];
  const { sent } = applied(mediaStage, { messages });
  expect(sent.messages.map(({ role }) => role).join(' ')).toBe('assistant tool user assistant tool user');
});

test('what the model cannot see becomes a text that says so', () => {
  const messages = [user([text('look'), image]), turn(call('a')), result('a', [video])];
  const { sent, actions } = applied(mediaStage, { messages }, target('vllm', 'kimi-k2-0905-preview'));
  expect(sent.messages[0]!.content).toEqual([
    text('look'),
    text('[image left out: this model cannot see it]'),
  ]);
  expect(sent.messages[2]!.content).toEqual([text('[video left out: this model cannot see it]')]);
  expect(actions).toEqual(['replaced']);
});

test('links that Moonshot does not follow become a text with the link, cut where it is long', () => {
  const link = (url: string) => user([{ type: 'image', url }]);
  const moonshot = target('moonshot', 'kimi-k2.6');
  const { sent } = applied(mediaStage, { messages: [link('https://example.org/a.png')] }, moonshot);
  expect(sent.messages[0]!.content).toEqual([
    text(
      '[image left out: this host follows no links, the data itself must be sent: https://example.org/a.png]',
    ),
  ]);
  const long = applied(mediaStage, { messages: [link(`http://x/${'y'.repeat(9999)}`)] }, moonshot);
  expect(JSON.stringify(long.sent).length).toBeLessThan(500);
  for (const url of ['data:image/png;base64,AAAA', 'ms://file']) {
    expect(applied(mediaStage, { messages: [link(url)] }, moonshot).untouched).toBe(true);
  }
  expect(applied(mediaStage, { messages: [link('https://example.org/a.png')] }).untouched).toBe(true);
});

test('without media nothing is touched', () => {
  const messages = [user([text('a')]), turn(call('a')), result('a', [text('b')])];
  expect(applied(mediaStage, { messages }, target('vllm', 'kimi-k2-0905-preview')).untouched).toBe(true);
});

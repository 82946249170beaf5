import fc from 'fast-check';
import type { ToolDeclaration } from '../../src/core/index.ts';
import type { Format } from '../../src/formats/index.ts';

export const TOOLS: ToolDeclaration[] = [
  { name: 'ls', parameters: { type: 'object', properties: { path: { type: 'string' } } } },
  {
    name: 'read_file',
    parameters: { type: 'object', properties: { path: {}, from: {} }, required: ['path'] },
  },
  { name: 'fs.write-all' },
];
/** What raw texts are made of. */
export const FRAGMENTS = [
  '<|tool_calls_section_begin|>',
  '<|tool_calls_section_end|>',
  '<|tool_call_section_begin|>',
  '<|tool_call_begin|>',
  '<|tool_call_argument_begin|>',
  '<|tool_call_end|>',
  '<|im_end|>',
  '[EOS]',
  '<think>',
  '</think>',
  '<tool_call>',
  '</tool_call>',
  '<invoke name="ls">',
  '<parameter name="path">',
  '</parameter>',
  '</invoke>',
  'functions.ls:0',
  'functions.read_file:12',
  'functions.',
  'read_file:3',
  'ls:1',
  'call_1',
  '{"path":"a',
  '{          ',
  '                                                                                          ',
  '{"path":"."}',
  '{"name":"ls","arguments":{"path":"x"}}',
  "{'name': 'ls', 'arguments': {'path': 'it'}}",
  '[ls(path="a")',
  '[{"name":',
  '```json\n',
  '```',
  '{',
  '}',
  ']',
  '"',
  '\\',
  '\\"',
  ' ',
  '\n',
  'user',
  '<',
  '<|',
  '<|tool_call',
  'text. ',
  'é😀',
];
export const FORMATS: Format[] = ['auto', 'kimi', 'hermes', 'xml-invoke', 'pythonic', 'json'];

/** Raw texts that nobody would write, and some that models do. */
export const soup = fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 14 }).map((parts) => parts.join(''));

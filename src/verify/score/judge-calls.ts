import { argumentProblem } from '../../conform/index.ts';
import { parseJsonObject } from '../../core/index.ts';
import type { ExpectedCall, Label, VerifyCase } from '../case.ts';
import type { SeenAnswer, SeenCall } from '../wire/seen.ts';
import { idForm } from './ids.ts';
import { hasSureValues } from './values.ts';
import type { Verdict } from './verdict.ts';

/** Characters of arguments from which on they should come in several pieces, and how many. */
const LONG = 120;
const SEVERAL = 3;

/** Judges what the calls of an answer are made of, by what was declared. */
export function judgeForm(verdict: Verdict, answer: SeenAnswer, asked: VerifyCase, streamed: boolean): void {
  const { calls } = answer;
  if (calls.length === 0) return;
  const valid = calls.map((call) => isValid(verdict, call, answer, asked));
  verdict.mark('schema', valid.every(Boolean));
  if (!streamed) return;
  const long = calls.filter((call) => call.arguments.length >= LONG);
  if (long.length === 0) return;
  const lump = long.find((call) => call.pieces < SEVERAL);
  verdict.mark('deltas', !lump);
  if (lump)
    verdict.fault(
      'lumps',
      `${lump.arguments.length} characters in ${lump.pieces === 1 ? 'one piece' : `${lump.pieces} pieces`}`,
    );
}

function isValid(verdict: Verdict, call: SeenCall, answer: SeenAnswer, asked: VerifyCase): boolean {
  const { name, arguments: text } = call;
  const tool = asked.tools.find((declared) => declared.name === name);
  const isObject = parseJsonObject(text) !== undefined;
  if (!isObject && (answer.finishReason === 'length' || !isOver(answer))) {
    verdict.mark('whole', false);
    verdict.fault('cut-call', `${name} ${text.slice(-80)}`);
    return false;
  }
  if (!tool) verdict.fault('undeclared-tool', name === '' ? 'a call without a name' : name);
  if (text.trim() === '') verdict.fault('empty-arguments', name);
  else if (!isObject) verdict.fault('invalid-arguments', `${name} ${text.slice(0, 160)}`);
  if (!tool || !isObject) return false;
  const problem = argumentProblem(tool.parameters, text);
  if (problem !== undefined) verdict.fault('schema-violation', `${name}: ${problem}`);
  return problem === undefined;
}

function isOver({ done, finishReason }: SeenAnswer): boolean {
  return done || finishReason !== null;
}

/** Judges the ids: there, and none twice in a conversation. `used` are those that were there before. */
export function judgeIds(verdict: Verdict, answer: SeenAnswer, used: ReadonlySet<string>): void {
  const { calls } = answer;
  if (calls.length === 0) return;
  const all = new Set(used);
  let good = !answer.oddIndexes;
  if (answer.oddIndexes) verdict.fault('odd-indexes', `${calls.length} calls`);
  for (const { id, name } of calls) {
    if (id === undefined) {
      good = false;
      verdict.fault('missing-id', name);
      continue;
    }
    if (all.has(id)) {
      good = false;
      verdict.fault('duplicate-id', id);
    }
    all.add(id);
    const form = idForm(id, name);
    verdict.idForms.push(form);
    if (form !== 'functions.NAME:N') verdict.fault('foreign-ids', id.slice(0, 80));
  }
  verdict.mark('ids', good);
}

/** Judges whether the calls are the ones that were asked for. */
export function judgeMeaning(verdict: Verdict, answer: SeenAnswer, asked: VerifyCase, label: Label): void {
  const { calls } = answer;
  if (label.calls.length === 0 || calls.length === 0) return;
  const declared = calls.every((call) => asked.tools.some((tool) => tool.name === call.name));
  const wrong = calls.find((call) => !label.calls.some(({ name }) => name === call.name));
  if (declared) {
    verdict.mark('tools', !wrong);
    if (wrong)
      verdict.fault(
        'wrong-tool',
        `${wrong.name} instead of ${label.calls.map(({ name }) => name).join(', ')}`,
      );
  }
  if (label.calls.length > 1) {
    const good = calls.length >= label.calls.length;
    verdict.mark('parallel', good);
    if (!good) verdict.fault('one-call-at-a-time', `${calls.length} of ${label.calls.length} calls`);
  }
  judgeValues(verdict, calls, asked, label);
}

function judgeValues(verdict: Verdict, calls: readonly SeenCall[], asked: VerifyCase, label: Label): void {
  const read = calls.flatMap((call) => {
    const given = parseJsonObject(call.arguments);
    const meant = label.calls.filter(({ name, sure = [] }) => name === call.name && sure.length > 0);
    return given && meant.length > 0
      ? [{ call, good: meant.some((expected) => hasSureValues(expected, given)) }]
      : [];
  });
  if (read.length === 0) return;
  const wrong = read.find(({ good }) => !good);
  const lacking = wrong ? undefined : lackingOf(calls, label);
  const isProof = asked.proves === 'reasoning';
  const good = !wrong && !lacking;
  verdict.mark('arguments', good);
  if (isProof) verdict.mark('roundTrip', good);
  if (good) return;
  const detail = wrong
    ? `${wrong.call.name} ${wrong.call.arguments.slice(0, 200)}`
    : `no ${lacking!.name} ${JSON.stringify(lacking!.arguments).slice(0, 200)}`;
  verdict.fault(isProof ? 'reasoning-not-read' : 'wrong-arguments', detail);
}

/** The call that was asked for and did not come, though there are as many as were: another one came twice. */
function lackingOf(calls: readonly SeenCall[], label: Label): ExpectedCall | undefined {
  const isWhole = calls.every(({ name }) => label.calls.some((expected) => expected.name === name));
  if (!isWhole || calls.length < label.calls.length) return undefined;
  return label.calls.find(
    (expected) =>
      !calls.some(({ name, arguments: text }) => {
        const given = name === expected.name ? parseJsonObject(text) : undefined;
        return given !== undefined && hasSureValues(expected, given);
      }),
  );
}

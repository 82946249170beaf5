import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isUnverified, UNSAFE } from './run-script.mjs';
import { storeOf } from './run-store.mjs';

/** What a session has on record: its turns with their calls, and the results by record name. */
export async function readRun(place) {
  const store = await storeOf(place, 'the books');
  const session = await store.reach(store.run);
  const records = new Map();
  for await (const { name, value } of session.records()) records.set(name.slice('run-0/'.length), value);
  await store.close?.();
  const turns = [];
  for (let step = 0; records.has(`step-${step}/turn`); step++) {
    const { calls = [] } = records.get(`step-${step}/turn`);
    turns.push(
      calls.map(({ index, id, name, written }) => ({ step, index, id, name, ...JSON.parse(written) })),
    );
  }
  return { records, turns };
}

/** The calls of which nobody can know whether they took effect: their intent is on record and no result. */
export function inDoubt({ records, turns }) {
  const doubtful = [];
  for (const turn of turns) {
    // A call that waits for a person has an intent of its own; the others of a turn begin together.
    const together = turn.filter(({ name }) => UNSAFE.includes(name) && name !== 'wipe');
    for (const call of turn) {
      if (!UNSAFE.includes(call.name)) continue;
      const { step, index, key } = call;
      const first = call.name === 'wipe' ? index : together[0].index;
      const hasBegun = records.has(`step-${step}/begin-${first}`);
      if (hasBegun && !records.has(`step-${step}/call-${index}`)) doubtful.push(key);
    }
  }
  return doubtful;
}

/** Results on record of looks, which may run again for as long as they are not. */
export function lookedAt({ records, turns }) {
  const looks = turns.flat().filter(({ name }) => name === 'look');
  return looks.filter(({ step, index }) => records.has(`step-${step}/call-${index}`)).map(({ key }) => key);
}

/**
 * Balances a run that was brought to its end: every call that the model made against what stands in the files. Each list
 * names the calls that do not balance; all of them must be empty.
 */
export function balance(folder, { records, turns }) {
  const calls = turns.flat().filter(({ name }) => UNSAFE.includes(name));
  const looks = turns.flat().filter(({ name }) => name === 'look');
  const effects = lines(folder, 'effects').map((line) => line.split(' '));
  const count = (key, which) =>
    effects.filter(([how, of]) => of === key && (which === undefined || how === which)).length;
  const resultOf = ({ step, index }) => records.get(`step-${step}/call-${index}`);
  const flagged = calls.filter((call) => resultOf(call)?.unverified);
  const keys = new Set(calls.map(({ key }) => key));
  const lookLines = lines(folder, 'looks');
  return {
    steps: turns.length,
    calls: calls.length,
    effects: effects.length,
    flagged: flagged.map(({ key }) => key),
    madeUpFor: effects.filter(([how]) => how === 'again').length,
    lost: namesOf(calls.filter(({ key }) => count(key) === 0)),
    twice: namesOf(calls.filter(({ key }) => count(key) > 1)),
    // A result that is known stands for an effect of the call itself, and for no other.
    misjudged: namesOf(
      calls.filter(
        (call) =>
          !resultOf(call)?.unverified && (count(call.key, 'first') !== 1 || count(call.key, 'again') > 0),
      ),
    ),
    unanswered: namesOf(turns.flat().filter((call) => !resultOf(call))),
    nobodys: effects.map(([, key]) => key).filter((key) => !keys.has(key)),
    untold: namesOf(flagged.filter(({ step, key }) => !isChecked(turns[step + 1], key))),
    neverLooked: namesOf(looks.filter(({ key }) => !lookLines.includes(key))),
  };
}

function isChecked(turn, key) {
  return turn?.some(({ name, keys }) => name === 'check' && keys.includes(key)) ?? false;
}

function namesOf(calls) {
  return calls.map(({ name, key }) => key ?? name);
}

/**
 * Where the messages of a run differ from those of one that nobody killed, apart from results that are flagged and from
 * what the model then did about them; undefined where they do not.
 */
export function difference(folder, expected) {
  const actual = withoutChecks(messagesOf(folder));
  const length = Math.max(actual.length, expected.length);
  for (let at = 0; at < length; at++) {
    const [one, other] = [actual[at], expected[at]];
    const isSame = isDeepStrictEqual(one, other);
    const isFlagged =
      one?.role === 'tool' &&
      isUnverified(one) &&
      isDeepStrictEqual({ ...one, content: '' }, { ...other, content: '' });
    if (!isSame && !isFlagged) return { at, actual: one, expected: other };
  }
  return undefined;
}

function withoutChecks(messages) {
  const isCheck = (name) => name === 'check' || name === 'redo';
  return messages.filter(({ role, name, toolCalls }) =>
    role === 'tool' ? !isCheck(name) : !toolCalls?.some((call) => isCheck(call.name)),
  );
}

export function messagesOf(folder) {
  return JSON.parse(readFileSync(join(folder, 'messages.json'), 'utf8'));
}

/** The lines of a file that may not be there. */
export function lines(folder, file) {
  const path = join(folder, file);
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
}

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSeal } from '../../src/gateway/index.ts';

const text = fc.string({ unit: 'binary' });
const signature = fc.option(text, { nil: undefined });

test('what was sealed whole comes back whole, on every replica with the secret', () => {
  fc.assert(
    fc.property(text, signature, (reasoning, hostSignature) => {
      const sealed = createSeal('secret', 'tenant').seal(reasoning, hostSignature, true);
      expect(createSeal('secret', 'tenant').unseal(sealed, '')).toEqual({
        reasoning: reasoning.toWellFormed() === reasoning ? reasoning : reasoning,
        ...(hostSignature !== undefined && { signature: hostSignature }),
      });
      expect(sealed).toMatch(/^[\w.-]+$/);
    }),
  );
});

test('what was sealed beside its text counts only with exactly that text', () => {
  fc.assert(
    fc.property(text, signature, text, (reasoning, hostSignature, other) => {
      const { seal, unseal } = createSeal('secret', 'tenant');
      const sealed = seal(reasoning, hostSignature, false);
      expect(unseal(sealed, reasoning)).toEqual({
        reasoning,
        ...(hostSignature !== undefined && { signature: hostSignature }),
      });
      if (other !== reasoning) expect(unseal(sealed, other)).toBeUndefined();
      expect(sealed).not.toContain(hostSignature && hostSignature.length > 8 ? hostSignature : '\0');
    }),
  );
});

test('nothing opens for another tenant, with another secret, or when a character is changed', () => {
  const { seal, unseal } = createSeal('secret', 'tenant');
  for (const whole of [true, false]) {
    const sealed = seal('I think', 'host signature', whole);
    expect(createSeal('secret', 'tenant2').unseal(sealed, 'I think')).toBeUndefined();
    expect(createSeal('secret2', 'tenant').unseal(sealed, 'I think')).toBeUndefined();
    for (let i = 0; i < sealed.length; i++) {
      const changed = sealed.slice(0, i) + (sealed[i] === 'A' ? 'B' : 'A') + sealed.slice(i + 1);
      expect(unseal(changed, 'I think'), `at ${i}`).toBeUndefined();
      expect(unseal(sealed.slice(0, i), 'I think'), `cut at ${i}`).toBeUndefined();
    }
  }
});

test('what clients may send instead of a seal is none', () => {
  const { unseal } = createSeal('secret', 'tenant');
  fc.assert(fc.property(text, text, (sealed, reasoning) => unseal(sealed, reasoning) === undefined));
  for (const prefix of ['pgw1.', 'pgs1.']) {
    fc.assert(fc.property(fc.base64String(), (rest) => unseal(prefix + rest, '') === undefined));
  }
});

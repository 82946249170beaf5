import { withoutControls } from './windows-1252.ts';

/** Latin-1 in the order of its numbers, from 160 on. */
const LATIN =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro ' +
  'para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil ' +
  'Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave ' +
  'Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml ' +
  'igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute ' +
  'thorn yuml';

/** The others that pages use; all 2,231 of the standard would be the larger part of this tool. */
const OTHERS =
  'amp & lt < gt > quot " apos \' ndash – mdash — lsquo ‘ rsquo ’ sbquo ‚ ldquo “ rdquo ” bdquo „ hellip … bull • prime ′ ' +
  'Prime ″ lsaquo ‹ rsaquo › euro € trade ™ larr ← uarr ↑ rarr → darr ↓ harr ↔ rArr ⇒ lArr ⇐ hArr ⇔ minus − ne ≠ le ≤ ' +
  'ge ≥ asymp ≈ equiv ≡ infin ∞ sum ∑ prod ∏ radic √ part ∂ int ∫ isin ∈ notin ∉ cap ∩ cup ∪ sub ⊂ sup ⊃ forall ∀ ' +
  'exist ∃ empty ∅ nabla ∇ alpha α beta β gamma γ delta δ epsilon ε lambda λ mu μ pi π rho ρ sigma σ tau τ phi φ ' +
  'omega ω Delta Δ Sigma Σ Omega Ω theta θ OElig Œ oelig œ Scaron Š scaron š check ✓ star ☆ dagger † Dagger ‡ permil ‰ ' +
  'lbrace { rbrace } lbrack [ rbrack ] lpar ( rpar ) num # colon : comma , period . excl ! quest ? sol / bsol \\ ' +
  'ast * equals = plus + dollar $ percnt % commat @ grave ` verbar | lowbar _ Tab \t NewLine \n';

const NAMED = new Map<string, string>([
  ...LATIN.split(' ').map((name, position): [string, string] => [name, String.fromCharCode(160 + position)]),
  ...Array.from(OTHERS.matchAll(/(\w+) (\S|\s)(?: |$)/g), ([, name, text]): [string, string] => [
    name!,
    text!,
  ]),
  ['ensp', ' '],
  ['emsp', ' '],
  ['thinsp', ' '],
  ['zwnj', ''],
  ['zwj', ''],
]);

/** `&amp;`, `&#38;` and `&#x26;` as the character meant; what is not known stays as it is written. */
export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(
    /&(?:#[xX]([0-9a-fA-F]{1,8})|#(\d{1,8})|([a-zA-Z][a-zA-Z0-9]{1,30}));?/g,
    (whole, hex, decimal, name) => {
      if (name === undefined)
        return characterOf(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
      // Without its semicolon a name may be part of a query, as in "?a=1&copy=2".
      return whole.endsWith(';') ? (NAMED.get(name) ?? whole) : whole;
    },
  );
}

function characterOf(code: number): string {
  if (code >= 0x80 && code <= 0x9f) return withoutControls(String.fromCharCode(code));
  const isNone = code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff);
  return isNone ? '\uFFFD' : String.fromCodePoint(code);
}

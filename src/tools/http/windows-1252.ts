/** What the standard means by the bytes 0x80 to 0x9f of windows-1252, which it takes Latin-1 for as well. */
const MEANT = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/** Control characters that come of such bytes as the characters meant. Decoders of some Node versions leave them. */
export function withoutControls(text: string): string {
  return text.replace(/[\x80-\x9f]/g, (character) => MEANT[character.charCodeAt(0) - 0x80]!);
}

/** Codes of the characters that JSON is made of. */
export const SPACE = 32;
export const QUOTE = 34;
export const APOSTROPHE = 39;
export const COMMA = 44;
export const COLON = 58;
export const OPEN_BRACKET = 91;
export const BACKSLASH = 92;
export const CLOSE_BRACKET = 93;
export const OPEN_BRACE = 123;
export const CLOSE_BRACE = 125;

/** Letters, digits, `+`, `-`, `.` and `_`: what numbers, constants and other bare words are made of. */
export function isScalar(code: number): boolean {
  return (
    (code >= 48 && code <= 57) ||
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    code === 45 ||
    code === 46 ||
    code === 43 ||
    code === 95
  );
}

/** Whether a code is white space between JSON's tokens. */
export function isSpace(code: number): boolean {
  return code === SPACE || code === 9 || code === 10 || code === 13;
}

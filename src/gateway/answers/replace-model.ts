const QUOTE = 34;
const COLON = 58;
const BACKSLASH = 92;

/**
 * The same JSON text with another value for the `model` of its outermost object: only the characters of that string are
 * exchanged. `text` must be valid JSON whose `model` is a string. Linear.
 */
export function replaceModel(text: string, name: string): string {
  let result = '';
  let copied = 0;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text[i]) {
      case '{':
      case '[':
        depth++;
        break;
      case '}':
      case ']':
        depth--;
        break;
      case '"': {
        const end = stringEnd(text, i);
        const colon = skipSpace(text, end);
        if (depth === 1 && text.charCodeAt(colon) === COLON && JSON.parse(text.slice(i, end)) === 'model') {
          const from = skipSpace(text, colon + 1);
          // A repeated key counts where it stands last, so each is exchanged.
          if (text.charCodeAt(from) === QUOTE) {
            result += text.slice(copied, from) + JSON.stringify(name);
            copied = stringEnd(text, from);
            i = copied - 1;
            break;
          }
        }
        i = end - 1;
      }
    }
  }
  return result + text.slice(copied);
}

/** The position after the string that begins at `from`. */
function stringEnd(text: string, from: number): number {
  for (let i = from + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === BACKSLASH) i++;
    else if (code === QUOTE) return i + 1;
  }
  return text.length;
}

function skipSpace(text: string, from: number): number {
  let i = from;
  while (' \t\r\n'.includes(text.charAt(i)) && i < text.length) i++;
  return i;
}

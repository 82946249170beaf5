const QUOTE = 34;
const BACKSLASH = 92;

/** Whether brackets in a JSON text are nested deeper than this. Linear, without recursion. */
export function isDeeperThan(text: string, levels: number): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE:
        for (i++; i < text.length && text.charCodeAt(i) !== QUOTE; i++) {
          if (text.charCodeAt(i) === BACKSLASH) i++;
        }
        break;
      case 91:
      case 123:
        if (++depth > levels) return true;
        break;
      case 93:
      case 125:
        depth--;
        break;
    }
  }
  return false;
}

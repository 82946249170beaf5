const ASCII_END = 0x80;

/** Bytes of a text to the text, whatever they are cut into; what is no UTF-8 becomes the replacement character. */
export class Utf8Decoder {
  /** Begun with a byte order mark, or inside a character: then only this decoder knows what is missing. */
  #decoder: InstanceType<typeof TextDecoder> | undefined = new TextDecoder();

  decode(bytes: Uint8Array): string {
    const last = bytes[bytes.length - 1];
    if (last === undefined) return '';
    const decoder = this.#decoder;
    if (last >= ASCII_END) {
      this.#decoder = decoder ?? new TextDecoder('utf-8', { ignoreBOM: true });
      return this.#decoder.decode(bytes, { stream: true });
    }
    this.#decoder = undefined;
    // Nothing can be missing behind these bytes, and this way costs a third.
    if (decoder === undefined) return textOf(bytes);
    return decoder.decode(bytes);
  }

  /** What stands for a character whose end never came. */
  end(): string {
    return this.#decoder?.decode() ?? '';
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

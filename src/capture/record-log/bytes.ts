/** Writes numbers and texts as bytes. */
export interface ByteWriter {
  /** A whole number, 0 or more: 7 bits a byte, lowest first. */
  count(value: number): void;
  /** A number as its difference to `from`; exact for all numbers. */
  step(value: number, from: number): void;
  text(text: string): void;
  /** Frees the unused part of the buffer. */
  trim(): void;
  bytes(): Uint8Array;
  readonly length: number;
}

/** Reads what a writer wrote, in the same order. */
export interface ByteReader {
  count(): number;
  step(from: number): number;
  text(): string;
  readonly atEnd: boolean;
}

/** Smaller differences are written as whole numbers, shifted by two bits for sign and kind. */
const MAX_WHOLE_STEP = 2 ** 50;
const FIRST_BYTES = 1024;

/** Starts empty. */
export function createByteWriter(): ByteWriter {
  let bytes = new Uint8Array(FIRST_BYTES);
  let length = 0;

  function ensureRoom(more: number): void {
    if (length + more <= bytes.length) return;
    const larger = new Uint8Array(Math.max(bytes.length * 2, length + more));
    larger.set(bytes.subarray(0, length));
    bytes = larger;
  }

  function count(value: number): void {
    ensureRoom(8);
    let remaining = value;
    while (remaining >= 128) {
      bytes[length] = (remaining % 128) | 128;
      length += 1;
      remaining = Math.floor(remaining / 128);
    }
    bytes[length] = remaining;
    length += 1;
  }

  return {
    count,
    step(value, from) {
      const distance = value - from;
      if (Number.isInteger(distance) && Math.abs(distance) < MAX_WHOLE_STEP && from + distance === value) {
        count(distance >= 0 ? distance * 4 : -distance * 4 + 2);
        return;
      }
      count(1);
      ensureRoom(8);
      new DataView(bytes.buffer).setFloat64(length, value);
      length += 8;
    },
    text(text) {
      const encoded = Buffer.from(text);
      count(encoded.length);
      ensureRoom(encoded.length);
      bytes.set(encoded, length);
      length += encoded.length;
    },
    trim() {
      bytes = bytes.slice(0, length);
    },
    bytes: () => bytes.subarray(0, length),
    get length() {
      return length;
    },
  };
}

/** Reads what a writer wrote. */
export function readBytes(bytes: Uint8Array): ByteReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;

  function count(): number {
    let value = 0;
    let unit = 1;
    for (;;) {
      const byte = bytes[at] ?? 0;
      at += 1;
      if (byte < 128) return value + byte * unit;
      value += (byte & 127) * unit;
      unit *= 128;
    }
  }

  return {
    count,
    step(from) {
      const coded = count();
      if (coded === 1) {
        at += 8;
        return view.getFloat64(at - 8);
      }
      // Beyond 32 bits the bit operators would cut.
      return coded % 4 === 2 ? from - (coded - 2) / 4 : from + coded / 4;
    },
    text() {
      const length = count();
      at += length;
      return Buffer.from(bytes.buffer, bytes.byteOffset + at - length, length).toString('utf8');
    },
    get atEnd() {
      return at >= bytes.length;
    },
  };
}

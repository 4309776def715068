/** What `feed` takes: bytes in any of their forms (Node's `Buffer` is one), or text. */
export type BpftraceChunk = string | ArrayBufferView | ArrayBufferLike;

const encoder = new TextEncoder();
const BUFFER = /^\[object (?:Shared)?ArrayBuffer\]$/;

/** Turns the chunks of one stream into bytes. */
interface ChunkReader {
  bytesOf(chunk: BpftraceChunk): Uint8Array;
  /** The bytes of what is held of a text, when the stream ends. */
  rest(): Uint8Array;
  reset(): void;
}

/** A character beyond U+FFFF may be cut by the end of a text: its first half waits for the next. */
export function createChunkReader(): ChunkReader {
  let half = '';

  function rest(): Uint8Array {
    const bytes = encoder.encode(half);
    half = '';
    return bytes;
  }

  return {
    bytesOf(chunk) {
      if (typeof chunk === 'string') {
        const text = half + chunk;
        half = isFirstHalf(text.charCodeAt(text.length - 1)) ? text.slice(-1) : '';
        return encoder.encode(half === '' ? text : text.slice(0, -1));
      }
      const bytes = viewOf(chunk);
      return half === '' ? bytes : concatBytes(rest(), bytes);
    },
    rest,
    reset() {
      half = '';
    },
  };
}

/** A view of the plain class: `subarray` of Node's `Buffer` is several times slower. */
function viewOf(chunk: ArrayBufferView | ArrayBufferLike): Uint8Array {
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  // Not `instanceof`: a buffer may come from another realm.
  const kind = Object.prototype.toString.call(chunk);
  if (BUFFER.test(kind)) return new Uint8Array(chunk);
  throw new TypeError(`feed() takes a string, a Uint8Array or another view, or an ArrayBuffer, not ${kind}`);
}

function isFirstHalf(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function concatBytes(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

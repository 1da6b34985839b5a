// unbrotli.mjs: opens many brotli streams at once, for pressing.pl. Each comes as its length (four
// bytes, little-endian) and its bytes, and goes out likewise; one that does not open goes out empty.
import { readFileSync, writeSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";

const all = readFileSync(0);
for (let at = 0; at < all.length; ) {
  const size = all.readUInt32LE(at);
  const stream = all.subarray(at + 4, at + 4 + size);
  at += 4 + size;
  let open = Buffer.alloc(0);
  try {
    open = brotliDecompressSync(stream);
  } catch {
    // not a stream
  }
  const head = Buffer.alloc(4);
  head.writeUInt32LE(open.length);
  for (let out = Buffer.concat([head, open]), done = 0; done < out.length; )
    done += writeSync(1, out, done);
}
